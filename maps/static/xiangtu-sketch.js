/* Drawing one shape on the map of a page: a line, a point or an area, with Leaflet.draw, told to the server at each change.
 *
 * `XiangtuSketch.open(map, text)` runs once when the map is made; `text` is base64 of UTF-8 JSON (maps/sketch_map.py).
 */
window.XiangtuSketch = (function () {
  "use strict";

  const LINE = { color: "#b91c1c", weight: 4, opacity: 0.95 };
  const AREA = { color: "#b91c1c", weight: 2.5, opacity: 0.95, fillColor: "#b91c1c", fillOpacity: 0.12 };

  function decode(text) {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
  }

  /** What a frame does for the map, but clicks: here they draw. */
  const frame = { ...XiangtuFrame, sendClicks() {} };

  function pin() {
    return L.divIcon({ className: "xt-pin", iconSize: [26, 34], iconAnchor: [13, 33] });
  }

  function say(words) {
    const { toolbar, handlers } = L.drawLocal.draw;
    Object.assign(toolbar.actions, { title: words.cancel_title, text: words.cancel });
    Object.assign(toolbar.finish, { title: words.finish_title, text: words.finish });
    Object.assign(toolbar.undo, { title: words.undo_title, text: words.undo });
    Object.assign(toolbar.buttons, { polyline: words.draw_line, marker: words.draw_point, polygon: words.draw_polygon });
    Object.assign(handlers.marker.tooltip, { start: words.point_start });
    Object.assign(handlers.polyline.tooltip, { start: words.line_start, cont: words.line_cont, end: words.line_end });
    Object.assign(handlers.polygon.tooltip, {
      start: words.polygon_start, cont: words.line_cont, end: words.polygon_end,
    });
    const { edit } = L.drawLocal;
    Object.assign(edit.toolbar.actions.save, { title: words.save_title, text: words.save });
    Object.assign(edit.toolbar.actions.cancel, { title: words.revert_title, text: words.cancel });
    Object.assign(edit.toolbar.actions.clearAll, { title: words.clear_title, text: words.clear });
    Object.assign(edit.toolbar.buttons, {
      edit: words.edit, editDisabled: words.nothing, remove: words.remove, removeDisabled: words.nothing,
    });
    Object.assign(edit.handlers.edit.tooltip, { text: words.edit_tip, subtext: words.edit_tip_cancel });
    Object.assign(edit.handlers.remove.tooltip, { text: words.remove_tip });
    L.drawLocal.format = { numeric: { delimiters: { thousands: ",", decimal: "." } } };
  }

  function layerOf(shape) {
    const [layer] = L.geoJSON(shape, {
      style: ({ type }) => (type === "Polygon" ? AREA : LINE),
      pointToLayer: (_, latlng) => L.marker(latlng, { icon: pin() }),
    }).getLayers();
    return layer;
  }

  /** The city's features must not catch what is meant for the drawing; only the drawing lies above them. */
  function open(map, text) {
    const { kind, shape, words } = decode(text);
    say(words);
    const drawn = L.featureGroup().addTo(map);
    if (shape) drawn.addLayer(layerOf(shape));
    const draw = { polygon: false, rectangle: false, circle: false, circlemarker: false, polyline: false, marker: false };
    if (kind === "line") draw.polyline = { shapeOptions: LINE, metric: true, feet: false, repeatMode: false };
    else if (kind === "polygon") draw.polygon = { shapeOptions: AREA, allowIntersection: false, repeatMode: false };
    else draw.marker = { icon: pin(), repeatMode: false };
    map.addControl(new L.Control.Draw({ position: "topright", draw, edit: { featureGroup: drawn } }));
    const tell = () => {
      const shapes = drawn.toGeoJSON(7).features.map((feature) => feature.geometry);
      Streamlit.setComponentValue({ sketch: shapes });
    };
    map.on(L.Draw.Event.CREATED, ({ layer }) => {
      drawn.clearLayers();
      drawn.addLayer(layer);
      tell();
    });
    map.on(`${L.Draw.Event.EDITED} ${L.Draw.Event.DELETED}`, tell);
  }

  return { open, frame };
})();
