// Draws one slice of a case on a plain canvas: for pictures, and for volumes where there is no WebGL 2.
"use strict";
window.segrepro = window.segrepro || {};
{
  const COLOURS = { truth: [240, 228, 66], first: [86, 180, 233], second: [255, 158, 74] };

  const pictureOf = (loaded, state) => {
    const [, height, width] = loaded.shape, { channels, values } = state.image, count = height * width;
    const image = new ImageData(width, height), start = state.slice * count * channels;
    const low = state.level - state.window / 2;
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < 3; c++)
        image.data[4 * i + c] = (values[start + i * channels + (channels === 3 ? c : 0)] - low) / state.window * 255;
      image.data[4 * i + 3] = 255;
    }
    return image;
  };

  const filled = (mask, loaded, slice, colour) => {
    const [, height, width] = loaded.shape, image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++)
      if (mask[slice * width * height + i]) image.data.set([...colour, 110], 4 * i);
    return image;
  };

  // The border between pixels inside and outside the mask, as line pieces in pixel units.
  const outline = (mask, loaded, slice) => {
    const [, height, width] = loaded.shape, path = new Path2D(), start = slice * width * height;
    const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[start + y * width + x];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        if (!at(x, y)) continue;
        for (const [dx, dy, x1, y1, x2, y2] of [[-1, 0, 0, 0, 0, 1], [1, 0, 1, 0, 1, 1], [0, -1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 1]])
          if (!at(x + dx, y + dy)) { path.moveTo(x + x1, y + y1); path.lineTo(x + x2, y + y2); }
      }
    return path;
  };

  const painted = image => {
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  // A view on `stage`. moved(slice) is called when the wheel moves the slice.
  segrepro.sliceView = (stage, loaded, moved) => {
    const canvas = stage.appendChild(document.createElement("canvas"));
    canvas.setAttribute("role", "img");
    const [, height, width] = loaded.shape, [stepX, stepY] = loaded.spacing_mm;
    let last = null;
    const draw = state => {
      last = state;
      const ratio = devicePixelRatio || 1;
      const zoom = Math.min(stage.clientWidth / (width * stepX), stage.clientHeight / (height * stepY));
      canvas.width = Math.max(1, Math.round(width * stepX * zoom * ratio));
      canvas.height = Math.max(1, Math.round(height * stepY * zoom * ratio));
      canvas.style.width = `${canvas.width / ratio}px`;
      const context = canvas.getContext("2d");
      // Rows of a volume run from posterior to anterior: turned over, anterior is up.
      const [sx, sy] = [canvas.width / width, canvas.height / height];
      context.setTransform(sx, 0, 0, loaded.volume ? -sy : sy, 0, loaded.volume ? canvas.height : 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(painted(pictureOf(loaded, state)), 0, 0);
      for (const [layer, mask] of state.layers) {
        if (state.fill) context.drawImage(painted(filled(mask, loaded, state.slice, COLOURS[layer])), 0, 0);
        else stroke(context, outline(mask, loaded, state.slice), layer, ratio, sx, sy, canvas);
      }
      canvas.setAttribute("aria-label", `Slice ${state.slice + 1} of ${loaded.shape[0]} with ${state.layers.length} masks on ${state.image.name}`);
    };
    const stroke = (context, path, layer, ratio, sx, sy, canvas) => {
      const scaled = new Path2D();
      scaled.addPath(path, new DOMMatrix([sx, 0, 0, loaded.volume ? -sy : sy, 0, loaded.volume ? canvas.height : 0]));
      context.save();
      context.resetTransform();
      context.lineWidth = 2 * ratio;
      context.setLineDash(layer === "second" ? [5 * ratio, 4 * ratio] : []);
      context.strokeStyle = `rgb(${COLOURS[layer]})`;
      context.stroke(scaled);
      context.restore();
    };
    canvas.addEventListener("wheel", event => { event.preventDefault(); moved(last.slice - Math.sign(event.deltaY)); }, { passive: false });
    const observer = new ResizeObserver(() => last && draw(last));
    observer.observe(stage);
    return { draw, close: () => { observer.disconnect(); canvas.remove(); } };
  };
  segrepro.colours = COLOURS;
}
