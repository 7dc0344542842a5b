// The case viewer: loads a case, keeps its state, and hands both to a view (volumes.js or slices.js).
"use strict";
window.segrepro = window.segrepro || {};
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const part = name => document.getElementById(name ? `viewer-${name}` : "viewer");
  const dialog = part(""), measures = Object.keys(data.measures);
  const entries = new Map(data.cases.map(entry => [entry.script, entry]));
  let current = null, state = null, view = null, opening = 0;

  const waiting = new Map();
  window.segreproCase = (script, content) => waiting.get(script)?.(content);

  // A page opened from disk may not fetch; it may load a script, which calls segreproCase.
  const read = script => new Promise((done, failed) => {
    waiting.set(script, done);
    const node = document.createElement("script");
    node.src = `cases/${encodeURIComponent(data.study)}/${encodeURIComponent(script)}`;
    node.onload = () => node.remove();
    node.onerror = () => { node.remove(); failed(new Error(`cases/${data.study}/${script} is missing`)); };
    document.head.append(node);
  });

  const unpack = async text => {
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  const bits = (bytes, count) => {
    const values = new Uint8Array(count);
    for (let i = 0; i < count; i++) values[i] = bytes[i >> 3] >> (i & 7) & 1;
    return values;
  };

  const load = async entry => {
    const content = await read(entry.script), masks = {};
    const count = content.shape.reduce((a, b) => a * b);
    for (const [name, text] of Object.entries(content.masks)) masks[name] = bits(await unpack(text), count);
    const images = await Promise.all(content.images.map(async image => ({ ...image, values: await unpack(image.values) })));
    return { ...content, ...entry, images, masks };
  };

  const say = (name, text) => { part(name).textContent = text; };
  const shownImage = () => current.images[part("image").value];
  const grey = value => {
    const [low, high] = shownImage().window;
    return +(low + value / 255 * (high - low)).toPrecision(4);
  };

  // What a run reached on a case, or on a slice (`case/number`) where slices were scored, by the first measure it has.
  const scoreOf = (run, name) => {
    const own = data.scores.filter(row => row.experiment === run);
    const measure = measures.find(key => own.some(row => row[key] !== null)) ?? measures[0];
    const labels = new Set(own.filter(row => row[measure] !== null).map(row => row.label));
    const rows = own.filter(row => row.case === name && labels.has(row.label));
    const texts = rows.map(row => (labels.size > 1 ? `${row.label} ` : "") + (row[measure]?.toFixed(3) ?? "undefined"));
    return rows.length ? `${data.measures[measure]} ${texts.join(", ")}` : "";
  };
  const shownScore = run => scoreOf(run, current.case) || scoreOf(run, `${current.case}/${state.slice}`) || "not scored here";

  const layers = () => [
    ["truth", "truth", part("truth").checked],
    ["first", part("first").value, part("first-on").checked],
    ["second", part("second").value, part("second-on").checked],
  ].filter(([, name, on]) => on && current.masks[name]).map(([layer, name]) => [layer, current.masks[name], name]);

  const draw = () => {
    Object.assign(state, { fill: part("fill").checked, level: +part("level").value, window: +part("window").value });
    Object.assign(state, { image: shownImage(), layers: layers() });
    part("slice").value = state.slice;
    say("slice-text", `${state.slice + 1} of ${current.shape[0]}`);
    say("level-text", grey(state.level));
    say("window-text", +(grey(state.window) - grey(0)).toPrecision(4));
    const methods = [part("first").value, part("second").value].filter(name => current.masks[name]);
    say("status", methods.map(name => `${name}: ${shownScore(name)}`).join(" · "));
    const drawing = view;
    view.draw(state)?.catch(error => { if (view === drawing) { fallBack(error); view.draw(state); } });
  };

  const moveTo = slice => {
    if (!view) return;
    state.slice = Math.max(0, Math.min(current.shape[0] - 1, slice));
    draw();
  };

  const resetWindow = () => {
    part("level").value = 128;
    part("window").value = 255;
  };

  const reset = () => {
    state = { slice: current.first_slice };
    resetWindow();
  };

  const nextImage = () => {
    if (current.images.length === 1) return;
    part("image").value = (+part("image").value + 1) % current.images.length;
    resetWindow();
    draw();
  };

  const closeView = () => { view?.close(); view = null; part("stage").replaceChildren(); };
  const slices = () => segrepro.sliceView(part("stage"), current, moveTo);

  const fallBack = error => {
    closeView();
    say("notice", `The view in three planes cannot be shown (${error.message}). Below: axial slices.`);
    part("notice").hidden = false;
    view = slices();
  };

  const makeView = async turn => {
    part("notice").hidden = true;
    if (!current.volume) { view = slices(); return; }
    try {
      if (!segrepro.hasWebGL2()) throw new Error("this browser has no WebGL 2");
      const made = await segrepro.volumeView(part("stage"), current, moveTo);
      if (turn === opening) view = made;
      else made.close();
    } catch (error) {
      if (turn === opening) fallBack(error);
    }
  };

  const fillSelects = run => {
    const names = current.runs, kept = [part("first").value, part("second").value];
    for (const select of [part("first"), part("second")])
      select.replaceChildren(...names.map(name => new Option(`${name}  ${scoreOf(name, current.case)}`, name)));
    const first = names.includes(run) ? run : names.includes(kept[0]) ? kept[0] : names.at(-1);
    const second = names.includes(kept[1]) && kept[1] !== first ? kept[1] : [...names].reverse().find(name => name !== first);
    part("first").value = first ?? "";
    part("second").value = second ?? "";
    part("first-on").disabled = part("first").disabled = !first;
    part("second-on").disabled = part("second").disabled = !second;
  };

  // The image that was shown before; that of the run where it made one and no mask.
  const fillImages = run => {
    const names = current.images.map(image => image.name), kept = part("image").selectedOptions[0]?.text;
    part("image").replaceChildren(...names.map((name, index) => new Option(name, index)));
    part("image").value = Math.max(0, names.indexOf(current.masks[run] ? kept : run ?? kept));
    part("image").closest("label").hidden = names.length === 1;
  };

  // slice: the one to begin with; the largest label area if not given.
  segrepro.openCase = async (script, run, slice) => {
    const turn = ++opening, entry = entries.get(script);
    closeView();
    if (!dialog.open) dialog.showModal();
    say("title", `${entry.case}, label of ${entry.size} ${entry.unit}`);
    say("status", "Loading …");
    try {
      const loaded = await load(entry);
      if (turn !== opening) return;
      current = loaded;
      fillSelects(run);
      fillImages(run);
      reset();
      if (slice !== undefined) state.slice = +slice;
      part("slice").max = current.shape[0] - 1;
      part("slice").closest("label").hidden = current.shape[0] === 1;
      await makeView(turn);
      if (turn === opening) draw();
    } catch (error) {
      say("status", `The case cannot be shown: ${error.message}.`);
    }
  };

  const step = by => {
    const scripts = [...entries.keys()], here = scripts.indexOf(current?.script);
    segrepro.openCase(scripts[(here + by + scripts.length) % scripts.length]);
  };

  const toggle = name => { if (!part(name).disabled) part(name).checked = !part(name).checked; draw(); };
  const keys = {
    ArrowUp: () => moveTo(state.slice + 1), ArrowDown: () => moveTo(state.slice - 1),
    t: () => toggle("truth"), a: () => toggle("first-on"), b: () => toggle("second-on"), f: () => toggle("fill"),
    i: nextImage, n: () => step(1), p: () => step(-1), r: () => { reset(); draw(); },
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
    event.target === part("slice") ? moveTo(+event.target.value) : draw();
  });
  part("close").addEventListener("click", () => dialog.close());
  part("next").addEventListener("click", () => step(1));
  part("previous").addEventListener("click", () => step(-1));
  for (const button of document.querySelectorAll("[data-case]"))
    button.addEventListener("click", () => segrepro.openCase(button.dataset.case));
}
