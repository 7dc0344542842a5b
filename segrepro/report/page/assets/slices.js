// Draws a case on one canvas: a picture, or the three planes through a point of a volume.
"use strict";
{
  // Okabe and Ito's colours, which the colour-blind can tell apart.
  const LAYERS = { truth: [240, 228, 66], first: [86, 180, 233], second: [255, 158, 74] };
  const LABELS = [[240, 228, 66], [86, 180, 233], [255, 158, 74], [0, 200, 140], [230, 150, 200], [255, 110, 80], [150, 220, 255], [190, 160, 255]];
  const DASHES = { truth: [], first: [7, 4], second: [2, 3] };
  const GAP = 6;
  segrepro.colourOf = (layer, label, labels) => labels > 1 ? LABELS[(label - 1) % LABELS.length] : LAYERS[layer];
  const dashOf = (layer, labels) => labels > 1 ? DASHES[layer] : layer === "second" ? DASHES.first : [];

  // A plane through a point: which voxel a pixel (u, v) of it is, v counted from below in a volume.
  const planeOf = (loaded, name, at) => {
    const [depth, height, width] = loaded.shape, [sx, sy, sz] = loaded.spacing_mm, layer = height * width;
    return {
      axial: { name, u: width, v: height, start: at[2] * layer, du: 1, dv: width, stepU: sx, stepV: sy, axes: [0, 1, 2], letters: "LRPA" },
      coronal: { name, u: width, v: depth, start: at[1] * width, du: 1, dv: layer, stepU: sx, stepV: sz, axes: [0, 2, 1], letters: "LRIS" },
      sagittal: { name, u: height, v: depth, start: at[0], du: width, dv: layer, stepU: sy, stepV: sz, axes: [1, 2, 0], letters: "PAIS" },
    }[name];
  };
  const voxel = (plane, u, v) => plane.start + u * plane.du + v * plane.dv;

  // Where each plane lies on the canvas: the axial one large, the others beside or below it.
  const placesOf = (loaded, width, height) => {
    if (!loaded.volume || loaded.shape[0] === 1) return { axial: [0, 0, width, height] };
    if (width > height) {
      const side = Math.round(width * 0.6), half = (height - GAP) / 2;
      return { axial: [0, 0, side, height], coronal: [side + GAP, 0, width - side - GAP, half], sagittal: [side + GAP, half + GAP, width - side - GAP, half] };
    }
    const top = Math.round(height * 0.64), half = (width - GAP) / 2;
    return { axial: [0, 0, width, top], coronal: [0, top + GAP, half, height - top - GAP], sagittal: [half + GAP, top + GAP, half, height - top - GAP] };
  };

  const painted = (plane, colourAt) => {
    const image = new ImageData(plane.u, plane.v);
    for (let v = 0; v < plane.v; v++)
      for (let u = 0; u < plane.u; u++) {
        const colour = colourAt(voxel(plane, u, v));
        if (colour) image.data.set(colour, 4 * (v * plane.u + u));
      }
    const canvas = new OffscreenCanvas(plane.u, plane.v);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  const scanColour = state => {
    const { channels, values } = state.image, low = state.level - state.window / 2;
    const grey = value => (value - low) / state.window * 255;
    return i => channels === 3 ? [0, 1, 2].map(c => grey(values[3 * i + c])).concat(255) : [grey(values[i]), grey(values[i]), grey(values[i]), 255];
  };

  // Blue: only the first method marks it; orange: only the second; white: both, as different labels.
  const differenceColour = (first, second) => i => first[i] === second[i] ? null
    : first[i] && second[i] ? [255, 255, 255, 170] : [...(first[i] ? LAYERS.first : LAYERS.second), 170];

  // The border of a label in a plane, as line pieces in pixel units.
  const outline = (plane, mask, label) => {
    const path = new Path2D(), at = (u, v) => u >= 0 && v >= 0 && u < plane.u && v < plane.v && mask[voxel(plane, u, v)] === label;
    for (let v = 0; v < plane.v; v++)
      for (let u = 0; u < plane.u; u++) {
        if (!at(u, v)) continue;
        for (const [du, dv, u1, v1, u2, v2] of [[-1, 0, 0, 0, 0, 1], [1, 0, 1, 0, 1, 1], [0, -1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 1]])
          if (!at(u + du, v + dv)) { path.moveTo(u + u1, v + v1); path.lineTo(u + u2, v + v2); }
      }
    return path;
  };

  // A view on `stage`. moved([x, y, z]) is called when a click or the wheel moves the point.
  segrepro.view = (stage, loaded, moved) => {
    const canvas = stage.appendChild(document.createElement("canvas")), context = canvas.getContext("2d");
    canvas.setAttribute("role", "img");
    let last = null, drawn = [];

    const drawPlane = (state, plane, [left, top, width, height], ratio) => {
      const zoom = Math.min(width / (plane.u * plane.stepU), height / (plane.v * plane.stepV));
      const [sx, sy] = [plane.stepU * zoom, plane.stepV * zoom];
      const x = left + (width - plane.u * sx) / 2, y = top + (height - plane.v * sy) / 2;
      // Rows of a volume run from posterior to anterior, or from below: turned over, anterior or the head is up.
      const turn = loaded.volume ? [sx, 0, 0, -sy, x, y + plane.v * sy] : [sx, 0, 0, sy, x, y];
      context.setTransform(...turn);
      context.imageSmoothingEnabled = false;
      context.drawImage(painted(plane, scanColour(state)), 0, 0);
      if (state.difference) context.drawImage(painted(plane, differenceColour(...state.difference)), 0, 0);
      else for (const [layer, mask] of state.layers) drawMask(state, plane, layer, mask, turn, ratio);
      context.resetTransform();
      if (loaded.volume) annotate(state, plane, [x, y, sx, sy], ratio);
      drawn.push({ plane, x, y, sx, sy });
    };

    const drawMask = (state, plane, layer, mask, turn, ratio) => {
      const labels = loaded.labels.length;
      if (state.fill) {
        context.drawImage(painted(plane, i => mask[i] ? [...segrepro.colourOf(layer, mask[i], labels), 110] : null), 0, 0);
        return;
      }
      context.save();
      context.resetTransform();
      context.lineWidth = 2 * ratio;
      context.setLineDash(dashOf(layer, labels).map(step => step * ratio));
      for (let label = 1; label <= labels; label++) {
        const path = new Path2D();
        path.addPath(outline(plane, mask, label), new DOMMatrix(turn));
        context.strokeStyle = `rgb(${segrepro.colourOf(layer, label, labels)})`;
        context.stroke(path);
      }
      context.restore();
    };

    // The lines through the point, and which side is which.
    const annotate = (state, plane, [x, y, sx, sy], ratio) => {
      const [a, b] = plane.axes, right = x + plane.u * sx, low = y + plane.v * sy;
      const u = x + (state.at[a] + 0.5) * sx, v = low - (state.at[b] + 0.5) * sy;
      context.strokeStyle = "rgb(255 255 255 / .35)";
      context.lineWidth = ratio;
      context.beginPath();
      context.moveTo(u, y); context.lineTo(u, low); context.moveTo(x, v); context.lineTo(right, v);
      context.stroke();
      context.fillStyle = "#fff";
      context.font = `${12 * ratio}px system-ui, sans-serif`;
      const [l, r, p, t] = plane.letters, pad = 4 * ratio;
      for (const [text, tx, ty, align, base] of [[l, x + pad, (y + low) / 2, "left", "middle"], [r, right - pad, (y + low) / 2, "right", "middle"], [p, (x + right) / 2, low - pad, "center", "bottom"], [t, (x + right) / 2, y + pad, "center", "top"]]) {
        [context.textAlign, context.textBaseline] = [align, base];
        context.fillText(text, tx, ty);
      }
    };

    const draw = state => {
      last = state;
      const ratio = devicePixelRatio || 1;
      [canvas.width, canvas.height] = [stage.clientWidth, stage.clientHeight].map(size => Math.max(1, Math.round(size * ratio)));
      context.fillStyle = "#000";
      context.fillRect(0, 0, canvas.width, canvas.height);
      drawn = [];
      for (const [name, place] of Object.entries(placesOf(loaded, canvas.width, canvas.height))) drawPlane(state, planeOf(loaded, name, state.at), place, ratio);
      const masks = state.difference ? "the difference of two masks" : `${state.layers.length} masks`;
      canvas.setAttribute("aria-label", `${drawn.length > 1 ? "Three planes through slice" : "Slice"} ${state.at[2] + 1} of ${loaded.shape[0]} with ${masks} on ${state.image.title}`);
    };

    const placeOf = event => {
      const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
      const [px, py] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
      return drawn.map(one => ({ ...one, u: Math.floor((px - one.x) / one.sx), v: one.plane.v - 1 - Math.floor((py - one.y) / one.sy) }))
        .find(({ plane, u, v }) => u >= 0 && v >= 0 && u < plane.u && v < plane.v);
    };
    const drag = event => {
      const found = event.buttons === 1 && loaded.volume && placeOf(event);
      if (!found) return;
      const at = [...last.at];
      [at[found.plane.axes[0]], at[found.plane.axes[1]]] = [found.u, found.v];
      moved(at);
    };
    canvas.addEventListener("pointerdown", drag);
    canvas.addEventListener("pointermove", drag);
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      const axis = (placeOf(event)?.plane ?? drawn[0].plane).axes[2], at = [...last.at];
      at[axis] -= Math.sign(event.deltaY);
      moved(at);
    }, { passive: false });
    const observer = new ResizeObserver(() => last && draw(last));
    observer.observe(stage);
    return { draw, canvas, close: () => { observer.disconnect(); canvas.remove(); } };
  };
}
