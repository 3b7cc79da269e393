/* Two themes on one map, parted by a divider that is moved by hand or by the arrow keys.
 *
 * The right side is a grid of its own in a pane of its own above the themed polygons; both panes are cut at the
 * divider. Tiles of the same boundaries are shared: the second side asks the server for its classes only.
 */
window.XiangtuSwipe = (function () {
  "use strict";

  const STEPS = 1000;

  class Swipe {
    constructor(room) {
      this.room = room;
      this.look = { theme: null, scope: null, selection: null };
      this.sent = null;
      this.grid = null;
      this.box = null;
      this.at = STEPS / 2;
      this.cut = () => this.place();
    }

    /** Bring the second side to what was sent; null takes it away. */
    apply(sent) {
      this.look.scope = this.room.look.scope;
      if (!sent) return this.close();
      const old = this.sent;
      this.sent = sent;
      if (!this.box) this.build();
      this.input.setAttribute("aria-label", sent.words);
      this.left.textContent = sent.left;
      this.right.textContent = sent.right;
      this.say();
      this.show(old);
      this.colour(sent.theme);
      this.place();
    }

    show(old) {
      const shown = this.room.layers.get("village");
      if (!shown) return;
      if (this.grid && old && old.url === this.sent.url) {
        this.grid.restyle();
        return;
      }
      const { map } = this.room;
      const leaving = this.grid;
      const layer = shown.sent;
      const paint = (context, features, unit, zoom) =>
        XiangtuDraw.paint(context, features, shown.spec, this.look, unit, zoom);
      this.grid = new XiangtuTiles.TileLayer(this.room.source(this.sent.url), paint, {
        pane: "xt-swipe", mvtLayer: layer.mvtLayer, minZoom: layer.minZoom, maxZoom: layer.maxZoom,
        deepestTile: layer.deepestTile, bounds: layer.bounds,
      }).addTo(map);
      if (leaving) this.grid.once("load", () => leaving.remove());
    }

    async colour(theme) {
      const { themes, health } = this.room;
      try {
        if (!themes.has(theme.url)) themes.set(theme.url, XiangtuTiles.fetchJson(theme.url, health));
        const classes = await themes.get(theme.url);
        if (!this.sent || this.sent.theme.url !== theme.url) return;
        this.look.theme = { ...this.sent.theme, classes };
        if (this.grid) this.grid.restyle();
      } catch {
        themes.delete(theme.url);
        const again = () => {
          health.retriers.delete(again);
          if (this.sent) this.colour(this.sent.theme);
        };
        health.retriers.add(again);
      }
    }

    build() {
      const { map } = this.room;
      this.box = L.DomUtil.create("div", "xt-swipe", map.getContainer());
      this.line = L.DomUtil.create("div", "xt-swipe-line", this.box);
      this.left = L.DomUtil.create("span", "xt-swipe-left", this.box);
      this.right = L.DomUtil.create("span", "xt-swipe-right", this.box);
      this.input = L.DomUtil.create("input", "", this.box);
      Object.assign(this.input, { type: "range", min: 0, max: STEPS, step: 10, value: this.at });
      this.input.addEventListener("input", () => {
        this.at = Number(this.input.value);
        this.say();
        this.place();
      });
      L.DomEvent.disableClickPropagation(this.input);
      L.DomEvent.disableScrollPropagation(this.input);
      // While a finger is on the divider the map under it stays where it is.
      this.input.addEventListener("pointerdown", () => map.dragging.disable());
      for (const end of ["pointerup", "pointercancel", "blur"]) this.input.addEventListener(end, () => map.dragging.enable());
      map.on("move zoomend resize viewreset", this.cut);
    }

    /** What a reader without eyes hears: both days and where the divider stands. */
    say() {
      const percent = Math.round((100 * this.at) / STEPS);
      this.input.setAttribute("aria-valuetext", `${this.sent.left} ${percent}% · ${this.sent.right} ${100 - percent}%`);
    }

    /** Where the divider stands, in pixels of the map. */
    get x() {
      return (this.room.map.getSize().x * this.at) / STEPS;
    }

    place() {
      const { map } = this.room;
      const from = map.containerPointToLayerPoint([0, 0]);
      const to = map.containerPointToLayerPoint(map.getSize());
      const middle = from.x + this.x;
      map.getPane("xt-fill").style.clip = `rect(${from.y}px,${middle}px,${to.y}px,${from.x}px)`;
      map.getPane("xt-swipe").style.clip = `rect(${from.y}px,${to.x}px,${to.y}px,${middle}px)`;
      this.line.style.left = `${this.x}px`;
      this.left.style.right = `${map.getSize().x - this.x + 8}px`;
      this.right.style.left = `${this.x + 8}px`;
    }

    /** The theme under a point of the map: null where the map's own is. */
    themeAt(point) {
      return this.sent && point && point.x > this.x ? this.look.theme : null;
    }

    close() {
      this.sent = null;
      if (!this.box) return;
      const { map } = this.room;
      map.off("move zoomend resize viewreset", this.cut);
      map.getPane("xt-fill").style.clip = "";
      this.grid?.remove();
      this.box.remove();
      this.grid = this.box = this.look.theme = null;
    }
  }

  return { Swipe };
})();
