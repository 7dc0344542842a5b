// Shows a volume in three planes with NiiVue.
"use strict";
window.segrepro = window.segrepro || {};
{
  segrepro.hasWebGL2 = () => {
    try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; }
  };

  let library = null;
  const loadLibrary = () => library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "assets/niivue.js";
    script.onload = done;
    script.onerror = () => { library = null; failed(new Error("assets/niivue.js is missing")); };
    document.head.append(script);
  });

  // A NIfTI-1 file of bytes: 348 bytes of header, 4 of extension, then the voxels.
  const niftiOf = (voxels, loaded) => {
    const buffer = new ArrayBuffer(352 + voxels.length), view = new DataView(buffer);
    const [depth, height, width] = loaded.shape;
    view.setInt32(0, 348, true);
    [3, width, height, depth, 1, 1, 1, 1].forEach((size, i) => view.setInt16(40 + 2 * i, size, true));
    view.setInt16(70, 2, true);
    view.setInt16(72, 8, true);
    [1, ...loaded.spacing_mm].forEach((step, i) => view.setFloat32(76 + 4 * i, step, true));
    view.setFloat32(108, 352, true);
    view.setFloat32(112, 1, true);
    view.setUint8(123, 2);
    view.setInt16(254, 1, true);
    loaded.affine.slice(0, 3).flat().forEach((value, i) => view.setFloat32(280 + 4 * i, value, true));
    [110, 43, 49, 0].forEach((byte, i) => view.setUint8(344 + i, byte));
    new Uint8Array(buffer, 352).set(voxels);
    return buffer;
  };

  // The mask's border in each axial slice: its voxels with a neighbour outside, in the slice.
  const borderOf = (mask, loaded) => {
    const [, height, width] = loaded.shape;
    return mask.map((value, i) => {
      const x = i % width, y = Math.floor(i / width) % height;
      const inside = x > 0 && y > 0 && x < width - 1 && y < height - 1;
      return value && !(inside && mask[i - 1] && mask[i + 1] && mask[i - width] && mask[i + width]) ? 1 : 0;
    });
  };

  const colormapOf = ([r, g, b]) => ({ R: [0, r], G: [0, g], B: [0, b], A: [0, 255], I: [0, 255] });

  // A view on `stage`; moved(slice) is called when a click moves the axial slice. Fails where WebGL 2 does.
  segrepro.volumeView = async (stage, loaded, moved) => {
    await loadLibrary();
    const canvas = stage.appendChild(document.createElement("canvas"));
    canvas.setAttribute("role", "img");
    const { Niivue, NVImage } = globalThis.niivue;
    const viewer = new Niivue({
      logLevel: "error", dragAndDropEnabled: false, isNearestInterpolation: true, show3Dcrosshair: true, loadingText: "",
      crosshairWidth: 0.25, crosshairColor: [0.8, 0.8, 0.8, 0.5],
      clipPlaneHotKey: "", cycleClipPlaneHotKey: "", viewModeHotKey: "",
    });
    await viewer.attachToCanvas(canvas, false);
    for (const [name, colour] of Object.entries(segrepro.colours)) viewer.addColormap(`segrepro_${name}`, colormapOf(colour));
    const depth = loaded.shape[0];
    let scan = null, imageShown = null, layersShown = null, windowShown = "", slice = -1;
    viewer.onLocationChange = place => { if (place.vox[2] !== slice) { slice = place.vox[2]; moved(slice); } };

    // Volumes are set at once: NiiVue's addVolume sends all of them to the GPU again each time.
    const setVolumes = async state => {
      if (state.image !== imageShown) scan = await NVImage.new(niftiOf(state.image.values, loaded), "scan.nii", "gray", 1, null, 0, 255);
      const overlays = [];
      for (const [layer, mask] of state.layers) {
        const bytes = (state.fill ? mask : borderOf(mask, loaded)).map(value => value * 255), opacity = state.fill ? 0.5 : 0.8;
        overlays.push(await NVImage.new(niftiOf(bytes, loaded), `${layer}.nii`, `segrepro_${layer}`, opacity, null, 0, 255));
      }
      Object.assign(viewer, { volumes: [scan, ...overlays], back: scan, overlays });
    };

    const draw = async state => {
      const layers = [state.fill, ...state.layers.map(([layer, , name]) => `${layer} ${name}`)].join("|");
      const range = `${state.level} ${state.window}`, sameVolumes = state.image === imageShown && layers === layersShown;
      if (!sameVolumes) await setVolumes(state);
      slice = state.slice;
      viewer.scene.crosshairPos[2] = (state.slice + 0.5) / depth;
      if (sameVolumes && range === windowShown) viewer.drawScene();
      else {
        scan.cal_min = state.level - state.window / 2;
        scan.cal_max = state.level + state.window / 2;
        viewer.updateGLVolume();
        [imageShown, layersShown, windowShown] = [state.image, layers, range];
      }
      canvas.setAttribute("aria-label", `Three planes through slice ${state.slice + 1} of ${depth} with ${state.layers.length} masks on ${state.image.name}`);
    };
    // One drawing at a time, and of states that came meanwhile only the newest.
    let busy = false, next = null;
    const queue = async state => {
      next = state;
      if (busy) return;
      busy = true;
      try {
        while (next) { const current = next; next = null; await draw(current); }
      } finally { busy = false; }
    };
    return {
      draw: queue,
      close: () => { viewer.gl.getExtension("WEBGL_lose_context")?.loseContext(); canvas.remove(); },
    };
  };
}
