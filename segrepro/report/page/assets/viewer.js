// The case viewer: loads a case, keeps what is chosen, and hands both to a view (slices.js).
"use strict";
{
  const { data, made, label, shown } = segrepro;
  const part = name => document.getElementById(name ? `viewer-${name}` : "viewer");
  const dialog = part(""), entries = new Map(data.cases.map(entry => [entry.script, entry]));
  let current = null, state = null, view = null, opening = 0;

  const unpack = async text => {
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  const load = async entry => {
    const [content, scores] = await Promise.all([segrepro.load(`cases/${data.study}/${entry.script}`), scoresOf(entry)]);
    const masks = Object.fromEntries(await Promise.all(Object.entries(content.masks).map(async ([name, text]) => [name, await unpack(text)])));
    const images = await Promise.all(content.images.map(async image => ({ ...image, title: label(image.name), values: await unpack(image.values) })));
    return { ...content, ...entry, images, masks, scores };
  };

  // By run and label the scores of this case and of its slices, in the first measure that the run has.
  const scoresOf = async entry => {
    const found = await Promise.all(entry.runs.map(async run => {
      const unit = segrepro.unitOf(run), measure = segrepro.firstMeasure(run);
      const labels = await Promise.all(segrepro.labelsOf(unit, run).map(async name => [name, await segrepro.rows(unit, measure, run, name)]));
      return [run, { measure, labels: labels.map(([name, rows]) => [name, new Map(rows.filter(row => row.case.split("/")[0] === entry.case).map(row => [row.case, row.value]))]) }];
    }));
    return new Map(found);
  };

  const say = (name, text) => { part(name).textContent = text; };
  const shownImage = () => current.images[part("image").value];
  const grey = value => {
    const [low, high] = shownImage().window;
    return +(low + value / 255 * (high - low)).toPrecision(4);
  };

  // [label, score] of a run on the case, or on the slice where slices were scored.
  const scoresHere = run => {
    const own = current.scores.get(run)?.labels ?? [];
    const slice = state ? `${current.case}/${state.at[2]}` : "";
    return own.map(([name, values]) => [name, [current.case, slice].find(key => values.has(key)), values])
      .filter(([, key]) => key !== undefined).map(([name, key, values]) => [name, values.get(key)]);
  };
  const scoreText = run => {
    const found = scoresHere(run), measure = data.measures[current.scores.get(run)?.measure];
    if (!found.length) return "not scored here";
    return `${measure} ${found.map(([name, value]) => (found.length > 1 ? `${name} ` : "") + shown(value)).join(", ")}`;
  };

  const layers = () => [
    ["truth", "truth", part("truth").checked],
    ["first", part("first").value, part("first-on").checked],
    ["second", part("second").value, part("second-on").checked],
  ].filter(([, name, on]) => on && current.masks[name]).map(([layer, name]) => [layer, current.masks[name], name]);

  const difference = () => {
    const pair = ["first", "second"].map(name => current.masks[part(name).value]);
    return part("difference").checked && pair.every(Boolean) ? pair : null;
  };

  // The organs with their colours, where there are several.
  const legend = () => {
    const names = current.labels;
    part("legend").replaceChildren(...names.length < 2 ? [] : names.map((name, i) => {
      const patch = made("i", { class: "patch" });
      patch.style.setProperty("--patch", `rgb(${segrepro.colourOf("truth", i + 1, names.length)})`);
      return made("li", {}, patch, name);
    }));
    part("legend").hidden = names.length < 2;
    dialog.classList.toggle("organs", names.length > 1);
  };

  const draw = () => {
    Object.assign(state, { fill: part("fill").checked, level: +part("level").value, window: +part("window").value });
    Object.assign(state, { image: shownImage(), layers: layers(), difference: difference() });
    part("slice").value = state.at[2];
    say("slice-text", `${state.at[2] + 1} of ${current.shape[0]}`);
    say("level-text", grey(state.level));
    say("window-text", +(grey(state.window) - grey(0)).toPrecision(4));
    for (const name of ["first", "second"]) say(`${name}-score`, current.masks[part(name).value] ? scoreText(part(name).value) : "");
    say("status", state.difference ? `Blue: only ${label(part("first").value)}; orange: only ${label(part("second").value)}; white: both, as different labels.` : "");
    view.draw(state);
  };

  const moveTo = at => {
    if (!view) return;
    const [depth, height, width] = current.shape;
    state.at = at.map((value, axis) => Math.max(0, Math.min([width, height, depth][axis] - 1, value)));
    draw();
  };
  const moveSlice = z => moveTo([state.at[0], state.at[1], z]);

  const resetWindow = () => {
    part("level").value = 128;
    part("window").value = 255;
  };
  const reset = () => {
    state = { at: [...current.first_point] };
    resetWindow();
  };

  const nextImage = () => {
    if (current.images.length === 1) return;
    part("image").value = (+part("image").value + 1) % current.images.length;
    resetWindow();
    draw();
  };

  const closeView = () => { view?.close(); view = null; };

  const fillSelects = run => {
    const names = current.runs, kept = [part("first").value, part("second").value];
    for (const select of [part("first"), part("second")]) select.replaceChildren(...names.map(name => new Option(label(name), name)));
    // Those of one protocol, the last ones, unless others were looked at before.
    const protocol = name => data.runs[name]?.protocol, usual = names.filter(name => protocol(name) === protocol(names[0])).reverse();
    const first = names.includes(run) ? run : names.includes(kept[0]) ? kept[0] : usual[0];
    const second = names.includes(kept[1]) && kept[1] !== first ? kept[1] : [...usual, ...names].find(name => name !== first);
    part("first").value = first ?? "";
    part("second").value = second ?? "";
    part("first-on").disabled = part("first").disabled = !first;
    part("second-on").disabled = part("second").disabled = part("difference").disabled = !second;
  };

  // The image that was shown before; that of the run where it made one and no mask.
  const fillImages = run => {
    const names = current.images.map(image => image.name), kept = shownName;
    part("image").replaceChildren(...current.images.map((image, index) => new Option(image.title, index)));
    part("image").value = Math.max(0, names.indexOf(current.masks[run] ? kept : run ?? kept));
    part("image").closest("label").classList.toggle("hidden-place", names.length === 1);
  };
  let shownName;

  // slice: the one to begin with; the largest label area if not given.
  segrepro.openCase = async (script, run, slice) => {
    const turn = ++opening, entry = entries.get(script);
    if (current) shownName = current.images[part("image").value]?.name;
    closeView();
    if (!dialog.open) dialog.showModal();
    say("title", `${entry.case}, label of ${entry.size} ${entry.unit}`);
    say("status", "Loading …");
    try {
      const loaded = await load(entry);
      if (turn !== opening) return;
      current = loaded;
      reset();
      if (slice !== undefined) state.at[2] = +slice;
      fillSelects(run);
      fillImages(run);
      legend();
      part("slice").max = current.shape[0] - 1;
      part("slice").closest("label").classList.toggle("hidden-place", current.shape[0] === 1);
      view = segrepro.view(part("stage"), current, moveTo);
      draw();
    } catch (error) {
      say("status", `The case cannot be shown: ${error.message}.`);
    }
  };

  const step = by => {
    const scripts = [...entries.keys()], here = scripts.indexOf(current?.script);
    segrepro.openCase(scripts[(here + by + scripts.length) % scripts.length]);
  };
  const savePicture = () => view.canvas.toBlob(blob => segrepro.save(blob, `${data.study}-${current.case}-slice${state.at[2] + 1}.png`));

  const toggle = name => { if (!part(name).disabled) part(name).checked = !part(name).checked; draw(); };
  const keys = {
    ArrowUp: () => moveSlice(state.at[2] + 1), ArrowDown: () => moveSlice(state.at[2] - 1),
    t: () => toggle("truth"), a: () => toggle("first-on"), b: () => toggle("second-on"), f: () => toggle("fill"), d: () => toggle("difference"),
    i: nextImage, n: () => step(1), p: () => step(-1), r: () => { reset(); draw(); }, s: savePicture,
  };

  // On the document, since nothing in the dialog has the focus after its focused control was hidden.
  document.addEventListener("keydown", event => {
    const control = event.target.closest("select, input[type=range]");
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || !view || !dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (control && (control.tagName === "SELECT" || event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
  dialog.addEventListener("close", () => { opening++; closeView(); });
  dialog.addEventListener("input", event => {
    if (!view) return;
    if (event.target === part("image")) resetWindow();
    event.target === part("slice") ? moveSlice(+event.target.value) : draw();
  });
  part("close").addEventListener("click", () => dialog.close());
  part("next").addEventListener("click", () => step(1));
  part("previous").addEventListener("click", () => step(-1));
  part("save").addEventListener("click", savePicture);
  for (const button of document.querySelectorAll(".chips [data-case]"))
    button.addEventListener("click", () => segrepro.openCase(button.dataset.case));
}
