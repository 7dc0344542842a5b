// A figure in the size of the screen.
"use strict";
{
  const dialog = document.getElementById("lightbox"), picture = dialog.querySelector("img"), title = dialog.querySelector("h2");
  for (const link of document.querySelectorAll("figure a.large"))
    link.addEventListener("click", event => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      // As SVG it is sharp at any size.
      picture.src = link.href;
      picture.alt = link.querySelector("img").alt;
      title.textContent = link.dataset.title;
      dialog.showModal();
    });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => { if (event.target === dialog || event.target === picture) dialog.close(); });
}
