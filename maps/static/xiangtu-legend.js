/* The legend on the map: the theme's classes, and of the layers that are on what can be seen at this zoom. */
window.XiangtuLegend = (function () {
  "use strict";

  const PHONE_PX = 640,
    NARROW_PX = 560;

  function element(tag, className, parent, text = "") {
    const made = L.DomUtil.create(tag, className, parent);
    made.textContent = text;
    return made;
  }

  function row(list, picture, words, count) {
    const item = element("li", "", list);
    item.append(picture);
    element("span", "", item, words);
    if (count !== undefined) element("b", "", item, count.toLocaleString("en"));
  }

  /** Classes from high to low with the units in each, the target between them, and the units without data.
   *
   * Of two sides there are two numbers, so none is said (`counted`).
   */
  function writeTheme(body, theme, words, counted) {
    const number = (count) => (counted ? count : undefined);
    element("h4", "", body, theme.title);
    const list = element("ul", "", body);
    const target = (at) => theme.target && theme.target.at === at && element("li", "xt-target", list, theme.target.words);
    target(theme.colors.length);
    for (let index = theme.colors.length - 1; index >= 0; index -= 1) {
      row(list, XiangtuDraw.colorSwatch(theme.colors[index]), theme.labels[index], number(theme.counts[index]));
      target(index);
    }
    if (theme.withoutData) row(list, XiangtuDraw.noDataSwatch(theme), words.no_data, number(theme.withoutData));
    if (theme.note) element("p", "", body, theme.note);
  }

  /** Values of a layer's style that its filters let through and that this zoom shows. */
  function rowsOf(layer, zoom) {
    if (!layer.values.length) return [{ words: layer.title, symbol: layer.style.default }];
    const allowed = layer.filters[layer.style.attribute];
    return layer.values
      .filter(({ value, minZoom }) => zoom >= minZoom && (!allowed || allowed.includes(value)))
      .map(({ value, words }) => ({ words, symbol: layer.style.symbols[value] }));
  }

  class Legend {
    constructor(map, words) {
      this.map = map;
      this.words = words;
      this.state = null;
      const control = L.control({ position: "bottomleft" });
      control.onAdd = () => this.build();
      control.addTo(map);
      map.on("zoomend", () => this.write());
    }

    build() {
      const box = element("section", "xt-legend");
      const button = element("button", "", box, this.words.legend);
      button.type = "button";
      this.body = element("div", "xt-legend-body", box);
      const open = (wanted) => {
        box.classList.toggle("xt-open", wanted);
        button.setAttribute("aria-expanded", String(wanted));
      };
      button.addEventListener("click", () => open(!box.classList.contains("xt-open")));
      // In a map beside a list the open legend would hide a third of it; a hidden map has no width yet.
      const { x } = this.map.getSize();
      open(window.parent.innerWidth >= PHONE_PX && (x === 0 || x >= NARROW_PX));
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    }

    show(state) {
      this.state = state;
      this.write();
    }

    write() {
      if (!this.state) return;
      const { theme, layers, drawn, swipe } = this.state;
      const zoom = Math.floor(this.map.getZoom() + 0.5);
      this.body.replaceChildren();
      if (theme) writeTheme(this.body, theme, this.words, !swipe);
      if (drawn.length) {
        const list = element("ul", "xt-values", this.body);
        for (const { symbol, geometry, title } of [...drawn].reverse()) {
          row(list, XiangtuDraw.swatch(symbol, geometry), title);
        }
      }
      const later = [];
      // Points lie on top of the map, so they head the legend.
      for (const layer of [...layers].reverse()) {
        if (!layer.visible) continue;
        const rows = zoom >= layer.minZoom ? rowsOf(layer, zoom) : [];
        if (!rows.length) {
          later.push(layer.title);
          continue;
        }
        if (layer.values.length) element("h4", "", this.body, layer.title);
        const list = element("ul", "xt-values", this.body);
        for (const { symbol, words } of rows) row(list, XiangtuDraw.swatch(symbol, layer.geometry), words);
      }
      if (later.length) {
        const note = element("p", "xt-later", this.body, `${this.words.zoom_for} `);
        note.append(later.reverse().join(this.words.comma));
      }
    }
  }

  return { Legend };
})();
