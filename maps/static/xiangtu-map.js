/* The map of Xiangtu in the browser.
 *
 * `XiangtuMap.dress(map, words)` runs once, when the page's map is made; `XiangtuMap.apply(map, state)` at every
 * change of state (maps/state.py says what a state is). `apply` compares with what is shown and touches only
 * what differs; layers live outside of Streamlit's feature group, which is thrown away at each change.
 */
window.XiangtuMap = (function () {
  "use strict";

  const PANES = { fill: 340, swipe: 345, area: 350, boundary: 360, line: 370, selection: 375, point: 380, drawn: 390, "xt-labels": 620 };
  const EVERYWHERE = { prefix: "", townships: null };
  const rooms = new WeakMap();

  /** Python sends base64 of UTF-8 JSON: nothing in a name can be taken for script, template or variable. */
  function decode(text) {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
  }

  function element(tag, className, parent, text = "") {
    const made = L.DomUtil.create(tag, className, parent);
    made.textContent = text;
    return made;
  }

  function same(a, b) {
    return JSON.stringify(a) === JSON.stringify(b);
  }

  /** A layer as sent, in the form that drawing looks things up in. */
  function specOf(sent, base) {
    const { style } = sent;
    const symbols = Object.values(style.symbols).concat(style.default);
    return {
      base,
      geometry: sent.geometry,
      filled: symbols.some((symbol) => symbol.fill),
      filters: Object.entries(sent.filters).map(([attribute, allowed]) => [attribute, new Set(allowed)]),
      style: {
        attribute: style.attribute,
        default: style.default,
        symbols: new Map(Object.entries(style.symbols)),
        order: new Map(style.order.map((value, rank) => [value, rank])),
      },
    };
  }

  function paneOf(spec) {
    if (spec.geometry !== "polygon") return spec.geometry;
    if (!spec.base) return "area";
    return spec.filled ? "fill" : "boundary";
  }

  /** One layer of the map: what was sent, how it is drawn, the tiles that show it. */
  class Shown {
    constructor(room, sent, base) {
      this.room = room;
      this.base = base;
      this.grid = null;
      this.leaving = null;
      this.take(sent);
      this.open();
    }
    take(sent) {
      this.sent = sent;
      this.spec = specOf(sent, this.base);
    }
    open() {
      const { sent, spec, room } = this;
      const source = room.source(sent.url);
      const paint = (context, features, unit, zoom) =>
        XiangtuDraw.paint(context, features, this.spec, room.look, unit, zoom);
      this.grid = new XiangtuTiles.TileLayer(source, paint, {
        pane: `xt-${paneOf(spec)}`, mvtLayer: sent.mvtLayer, minZoom: sent.minZoom, maxZoom: sent.maxZoom,
        deepestTile: sent.deepestTile, bounds: sent.bounds, zIndex: sent.rank,
      });
      this.toggle();
    }
    toggle() {
      const { map } = this.room;
      if (this.sent.visible === map.hasLayer(this.grid)) return;
      if (this.sent.visible) this.grid.addTo(map);
      else this.grid.remove();
    }
    update(sent) {
      const old = this.sent;
      if (same(old, sent)) return;
      const moved = ["url", "mvtLayer", "minZoom", "maxZoom", "deepestTile", "bounds"].some((key) => !same(old[key], sent[key]));
      this.take(sent);
      if (moved) return this.swap();
      this.toggle();
      if (!same(old.style, sent.style) || !same(old.filters, sent.filters)) this.grid.restyle();
      if (old.rank !== sent.rank) this.grid.setZIndex(sent.rank);
    }
    /** New data under a new address: the old picture stays until the new one is complete. */
    swap() {
      if (this.leaving) this.leaving.remove();
      const old = this.grid;
      this.leaving = old;
      this.open();
      const part = () => {
        old.remove();
        this.room.sources.delete(old.source.url);
        if (this.leaving === old) this.leaving = null;
      };
      if (this.sent.visible) this.grid.once("load", part);
      else part();
    }
    close() {
      if (this.leaving) this.leaving.remove();
      this.grid.remove();
      this.room.sources.delete(this.sent.url);
    }
  }

  /** Everything that belongs to one map. */
  class Room {
    constructor(map, words) {
      this.map = map;
      this.words = words;
      this.health = new XiangtuTiles.Health();
      this.look = { theme: null, scope: EVERYWHERE, selection: null };
      this.layers = new Map();
      this.themes = new Map();
      this.state = null;
      this.marker = null;
      this.drawn = L.layerGroup().addTo(map);
      for (const [name, z] of Object.entries(PANES)) {
        const pane = map.createPane(name.startsWith("xt-") ? name : `xt-${name}`);
        pane.style.zIndex = z;
        pane.style.pointerEvents = "none";
      }
      this.sources = new Map();
      this.outline = null;
      this.labels = new XiangtuLabels.LabelLayer(this.health, this.look);
      this.legend = new XiangtuLegend.Legend(map, words);
      this.swipe = new XiangtuSwipe.Swipe(this);
    }

    apply(state) {
      const old = this.state;
      this.state = state;
      this.clearPulse();
      if (!old || old.view?.serial !== state.view?.serial) this.lookAt(state.view, old === null);
      this.applyLook(state, old);
      this.applyLayers(state);
      if (!old || !same(old.selection, state.selection) || !same(old.base, state.base)) this.applyOutline(state);
      this.applyTheme(state.theme);
      this.swipe.apply(state.swipe);
      if (!old || !same(old.drawn, state.drawn)) this.draw(state.drawn);
      if (!old || ["theme", "layers", "drawn", "swipe"].some((key) => !same(old[key], state[key]))) this.legend.show(state);
      if (!old || !same(old.marker, state.marker)) this.mark(state.marker);
      if (!old) this.map.addLayer(this.labels);
    }

    /** The address bar's view wins when the page opens; afterwards only a view with a new serial moves the map. */
    lookAt(view, first) {
      const asked = first ? XiangtuFrame.viewInAddress() : null;
      const go = () => {
        if (asked) this.map.setView(asked.center, asked.zoom, { animate: false });
        else if (view && view.bounds) this.map.fitBounds(view.bounds, { animate: !first, maxZoom: 15, ...this.room() });
        else if (view) this.map.setView(view.center, view.zoom, { animate: !first });
      };
      if (this.map.getSize().x > 0) go();
      else this.map.once("resize", go);
    }

    /** What is looked at should not lie under the open legend, where the map is wide enough to spare the room. */
    room() {
      const { x } = this.map.getSize();
      const beside = x >= 640 ? Math.min(250, 0.27 * x) : 12;
      return { paddingTopLeft: [beside, 12], paddingBottomRight: [12, 12] };
    }

    applyLook(state, old) {
      if (old && same(old.scope, state.scope) && same(old.selection, state.selection)) return;
      const { prefix, townships } = state.scope;
      this.look.scope = { prefix, townships: townships === null ? null : new Set(townships) };
      this.look.selection = state.selection;
      if (!old) return;
      if (!same(old.scope, state.scope)) this.restyle(() => true);
      this.labels.draw();
    }

    source(url) {
      if (!this.sources.has(url)) this.sources.set(url, new XiangtuTiles.Source(url, this.health));
      return this.sources.get(url);
    }

    /** The selected unit's outline is drawn from the tiles of its level, which the base shows anyway. */
    applyOutline(state) {
      const sent = state.selection && state.base.find((layer) => layer.id === state.selection.level);
      if (this.outline && (!sent || this.outline.source.url !== sent.url)) {
        this.outline.remove();
        this.outline = null;
      }
      if (!sent) return;
      if (this.outline) return this.outline.restyle();
      const paint = (context, features, unit) => XiangtuDraw.outline(context, features, this.look, unit);
      this.outline = new XiangtuTiles.TileLayer(this.source(sent.url), paint, {
        pane: "xt-selection", mvtLayer: sent.mvtLayer, minZoom: 6, maxZoom: sent.maxZoom, deepestTile: sent.deepestTile, bounds: sent.bounds,
      }).addTo(this.map);
    }

    restyle(wanted) {
      for (const shown of this.layers.values()) if (wanted(shown)) shown.grid.restyle();
    }

    applyLayers(state) {
      const sent = [...state.base.map((layer) => [layer, true]), ...state.layers.map((layer) => [layer, false])];
      const ids = new Set(sent.map(([layer]) => layer.id));
      for (const [id, shown] of this.layers) {
        if (ids.has(id)) continue;
        shown.close();
        this.layers.delete(id);
      }
      sent.forEach(([layer, base], index) => {
        const ranked = { ...layer, rank: index + 1 };
        const shown = this.layers.get(layer.id);
        if (shown) shown.update(ranked);
        else this.layers.set(layer.id, new Shown(this, ranked, base));
      });
    }

    /** A theme is a recolouring: one small table of classes by code; the polygons stay. */
    async applyTheme(theme) {
      const recolour = (look) => {
        if (same(this.look.theme, look)) return;
        this.look.theme = look;
        this.restyle((shown) => shown.base && shown.spec.filled);
      };
      if (theme === null) return recolour(null);
      try {
        if (!this.themes.has(theme.url)) {
          this.themes.set(theme.url, XiangtuTiles.fetchJson(theme.url, this.health));
        }
        const classes = await this.themes.get(theme.url);
        if (this.state.theme && this.state.theme.url === theme.url) recolour({ ...this.state.theme, classes });
      } catch {
        this.themes.delete(theme.url);
        const again = () => {
          this.health.retriers.delete(again);
          this.applyTheme(this.state.theme);
        };
        this.health.retriers.add(again);
      }
    }

    mark(lonlat) {
      if (this.marker) this.marker.remove();
      this.marker = null;
      if (lonlat === null) return;
      const icon = L.divIcon({ className: "xt-pin", iconSize: [26, 34], iconAnchor: [13, 33] });
      this.marker = L.marker([lonlat[1], lonlat[0]], { icon, interactive: false, keyboard: false }).addTo(this.map);
    }

    /** A handful of shapes, each group in its symbol; clicks go through them to the map. */
    draw(groups) {
      this.drawn.clearLayers();
      for (const { symbol, shapes } of groups) {
        const style = {
          color: symbol.color, weight: symbol.width, opacity: symbol.opacity, dashArray: symbol.dash,
          fill: symbol.fill !== null, fillColor: symbol.fill, fillOpacity: symbol.fillOpacity,
        };
        const look = { pane: "xt-drawn", interactive: false };
        const pointToLayer = (_, latlng) => L.circleMarker(latlng, { ...look, ...style, radius: symbol.radius });
        for (const shape of shapes) L.geoJSON(shape, { ...look, style, pointToLayer }).addTo(this.drawn);
      }
    }

    /** An answer to the finger at once, until the server's answer is drawn. */
    pulse(latlng) {
      this.clearPulse();
      const icon = L.divIcon({ className: "xt-pulse", iconSize: [28, 28] });
      this.pulsing = L.marker(latlng, { icon, interactive: false, keyboard: false }).addTo(this.map);
      setTimeout(() => this.clearPulse(), 4000);
    }
    clearPulse() {
      if (this.pulsing) this.pulsing.remove();
      this.pulsing = null;
    }

    /** What lies under the pointer, from tiles that are here already: a facility, else the village. */
    under(latlng) {
      const zoom = this.map.getZoom();
      const order = [...this.layers.values()].reverse().sort((a, b) => a.base - b.base);
      for (const shown of order) {
        if (!shown.sent.visible || (shown.base && !shown.spec.filled)) continue;
        const tile = shown.grid.under(latlng);
        const feature = tile && XiangtuDraw.hit(tile, shown.spec, this.look, zoom);
        if (feature) return { shown, feature };
      }
      return null;
    }

    /** Lines of the tooltip: the name, and what the theme says of the place. */
    describe({ shown, feature }, point) {
      const own = feature.properties[shown.sent.labelField];
      if (!shown.base) return own ? [own, shown.sent.title] : [shown.sent.title];
      const { scope } = this.look;
      const theme = this.swipe.themeAt(point) || this.look.theme;
      const code = XiangtuDraw.codeOf(feature);
      if (!theme || !XiangtuDraw.inScope(code, scope)) return [own];
      const index = XiangtuDraw.classOf(code, theme);
      return [own, `${theme.title} ${index === null ? this.words.no_data : theme.labels[index]}`];
    }
  }

  /** Name of what the pointer is on; looked up at most once a frame, and not at all while dragging or by touch. */
  function addTooltip(room) {
    const { map } = room;
    const box = element("div", "xt-tip", map.getContainer());
    let waiting = null;
    const hide = () => {
      waiting = null;
      box.style.display = "none";
      map.getContainer().classList.remove("xt-over");
    };
    const show = () => {
      const event = waiting;
      waiting = null;
      if (!event || map.dragging.moving()) return hide();
      const found = room.under(event.latlng);
      const lines = found ? room.describe(found, event.containerPoint).filter(Boolean) : [];
      if (!lines.length) return hide();
      box.replaceChildren();
      lines.forEach((line, index) => element(index ? "span" : "strong", "", box, String(line)));
      box.style.display = "block";
      const { x, y } = event.containerPoint, size = map.getSize();
      box.style.left = `${Math.max(4, Math.min(x + 14, size.x - box.offsetWidth - 6))}px`;
      box.style.top = `${y + 18 + box.offsetHeight > size.y ? y - 14 - box.offsetHeight : y + 18}px`;
      map.getContainer().classList.toggle("xt-over", true);
    };
    if (!window.matchMedia("(hover: hover)").matches) return;
    map.on("mousemove", (event) => {
      if (waiting === null) requestAnimationFrame(show);
      waiting = event;
    });
    map.on("mouseout movestart zoomstart", hide);
  }

  /** Longitude and latitude under the pointer; of the middle where there is none. */
  function addCoordinates(map, words) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = element("div", "xt-coordinates");
      const write = ({ lat, lng }) => {
        box.textContent = `${lng.toFixed(6)}°E  ${lat.toFixed(6)}°N  ${words.datum}`;
      };
      map.on("mousemove", (event) => write(event.latlng));
      map.on("move", () => write(map.getCenter()));
      map.whenReady(() => write(map.getCenter()));
      return box;
    };
    control.addTo(map);
  }

  /** A thin bar while tiles are on their way; a notice with a button when the server does not answer. */
  function addHealth(room) {
    const { map, words, health } = room;
    const bar = element("div", "xt-progress", map.getContainer());
    const notice = element("div", "xt-notice", map.getContainer());
    notice.setAttribute("role", "status");
    const said = element("span", "", notice);
    const button = element("button", "", notice, words.retry);
    L.DomEvent.disableClickPropagation(notice);
    button.addEventListener("click", () => health.retry());
    let late = null;
    health.listeners.push(() => {
      if (health.pending > 0 && late === null) late = setTimeout(() => bar.classList.add("xt-busy"), 180);
      if (health.pending === 0) {
        clearTimeout(late);
        late = null;
        bar.classList.remove("xt-busy");
      }
      notice.classList.toggle("xt-shown", health.broken !== null);
      if (health.broken !== null) said.textContent = words[health.broken];
      map.getContainer().toggleAttribute("data-drawn", health.pending === 0 && health.broken === null);
    });
  }

  function dress(map, text, frame = XiangtuFrame) {
    const words = decode(text);
    L.control.scale({ imperial: false, maxWidth: 120, position: "bottomleft" }).addTo(map);
    const room = new Room(map, words);
    rooms.set(map, room);
    frame.fit(map);
    frame.sendClicks(map);
    L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    addCoordinates(map, words);
    addHealth(room);
    addTooltip(room);
    map.on("click", (event) => room.pulse(event.latlng));
    const blend = (wanted) => map.getContainer().classList.toggle("xt-half-step", wanted);
    map.on("zoomstart", () => blend(true));
    map.on("zoomend", () => blend(map.getZoom() % 1 !== 0));
  }

  function apply(map, text) {
    const room = rooms.get(map);
    const first = room.state === null;
    const state = decode(text);
    XiangtuFrame.fix(state.height);
    room.apply(state);
    if (!first) return;
    XiangtuFrame.followView(map);
    if (state.link) XiangtuFrame.link(map, state.link);
  }

  return { dress, apply };
})();
