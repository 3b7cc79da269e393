/* Place names: one canvas over the map, greedy placement, most important first. */
window.XiangtuLabels = (function () {
  "use strict";

  const FONT = '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif';
  /** Which names are seen at which zoom, and the zoom of the cells they are fetched in (browser-cacheable).
   * Settlements are spots: they get a dot, and their name below it. */
  const LEVELS = [
    { level: "county", from: 7, to: 10, cellZoom: 3, font: `600 15px ${FONT}`, color: "#1f2937", gap: 8 },
    { level: "township", from: 9, to: 14, cellZoom: 3, font: `600 13px ${FONT}`, color: "#334155", gap: 6 },
    { level: "village", from: 12, to: 18, cellZoom: 10, font: `500 12px ${FONT}`, color: "#3f3f46", gap: 4 },
    { level: "settlement", from: 14, to: 18, cellZoom: 13, font: `400 11px ${FONT}`, color: "#57534e", gap: 3, dot: true },
  ];
  const MARGIN = 0.3;

  function overlaps(box, placed) {
    return placed.some((other) =>
      box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
  }

  const LabelLayer = L.Layer.extend({
    initialize(health, look) {
      this.health = health;
      this.look = look;
      this.cells = new Map();
      this.widths = new Map();
    },

    onAdd(map) {
      this.canvas = L.DomUtil.create("canvas", "xt-labels leaflet-zoom-hide", map.getPane("xt-labels"));
      map.on("moveend zoomend resize", this.refresh, this);
      this.retrier = () => this.refresh();
      this.health.retriers.add(this.retrier);
      this.refresh();
    },

    onRemove(map) {
      this.health.retriers.delete(this.retrier);
      map.off("moveend zoomend resize", this.refresh, this);
      this.canvas.remove();
    },

    /** Names in the padded view; cells that are missing are asked for and drawn when they come. */
    refresh() {
      const zoom = this._map.getZoom();
      const bounds = this._map.getBounds().pad(MARGIN);
      for (const level of LEVELS) {
        if (zoom < level.from || zoom > level.to) continue;
        for (const cell of this.cellsOf(bounds, level.cellZoom)) this.want(level.level, cell);
      }
      this.draw();
    },

    cellsOf(bounds, zoom) {
      const size = 360 / 2 ** zoom;
      const cells = [];
      for (let x = Math.floor(bounds.getWest() / size); x * size < bounds.getEast(); x++) {
        for (let y = Math.floor(bounds.getSouth() / size); y * size < bounds.getNorth(); y++) {
          cells.push([x, y, x + 1, y + 1].map((step) => (step * size).toFixed(6)).join(","));
        }
      }
      return cells;
    },

    async want(level, bbox) {
      const key = `${level}:${bbox}`;
      if (this.cells.has(key)) return;
      this.cells.set(key, []);
      try {
        this.cells.set(key, await XiangtuTiles.fetchJson(`/labels/${level}.json?bbox=${bbox}`, this.health));
        if (this._map) this.draw();
      } catch {
        this.cells.delete(key);
      }
    },

    candidates(zoom, bounds) {
      const found = [];
      for (const level of LEVELS) {
        if (zoom < level.from || zoom > level.to) continue;
        const seen = new Set();
        for (const bbox of this.cellsOf(bounds, level.cellZoom)) {
          for (const [code, name, lon, lat] of this.cells.get(`${level.level}:${bbox}`) || []) {
            if (seen.has(code + name) || !bounds.contains([lat, lon])) continue;
            seen.add(code + name);
            const chosen = this.look.selection !== null && this.look.selection.code === code;
            found.push({ level, name, lon, lat, chosen, inside: XiangtuDraw.inScope(code, this.look.scope) });
          }
        }
      }
      return found.sort((a, b) => b.chosen - a.chosen || b.inside - a.inside);
    },

    draw() {
      const map = this._map, canvas = this.canvas;
      const size = map.getSize(), pad = size.multiplyBy(MARGIN);
      const density = Math.min(window.devicePixelRatio || 1, 2);
      const full = size.add(pad.multiplyBy(2));
      canvas.width = full.x * density;
      canvas.height = full.y * density;
      canvas.style.width = `${full.x}px`;
      canvas.style.height = `${full.y}px`;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint(pad.multiplyBy(-1)).round());
      const pen = canvas.getContext("2d");
      pen.scale(density, density);
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      const placed = [];
      for (const label of this.candidates(map.getZoom(), map.getBounds().pad(MARGIN))) this.place(pen, label, pad, placed);
    },

    place(pen, { level, name, lon, lat, chosen, inside }, pad, placed) {
      pen.font = chosen ? level.font.replace(/^\d+/, "700") : level.font;
      const key = pen.font + name;
      if (!this.widths.has(key)) this.widths.set(key, pen.measureText(name).width);
      const point = this._map.latLngToContainerPoint([lat, lon]).add(pad);
      const half = this.widths.get(key) / 2 + level.gap;
      const x = Math.round(level.dot ? point.x : this.inwards(point.x, half, pad.x));
      const y = Math.round(point.y + (level.dot ? 10 : 0));
      const box = [x - half, y - 8 - level.gap / 2, x + half, y + 8 + level.gap / 2];
      if (overlaps(box, placed)) return;
      placed.push(box);
      pen.globalAlpha = inside ? 1 : 0.4;
      if (level.dot) this.dot(pen, point);
      pen.lineWidth = 3.5;
      pen.strokeStyle = "rgba(255,255,255,0.92)";
      pen.strokeText(name, x, y);
      pen.fillStyle = chosen ? "#111827" : level.color;
      pen.fillText(name, x, y);
    },

    /** A name whose place is in view is read whole: at the edge it moves inwards, by half its width at most. */
    inwards(x, half, pad) {
      const wide = this._map.getSize().x;
      if (x < pad || x > pad + wide || 2 * half > wide) return x;
      return Math.min(Math.max(x, pad + half), pad + wide - half);
    },

    dot(pen, point) {
      pen.beginPath();
      pen.arc(point.x, point.y, 2.4, 0, 2 * Math.PI);
      pen.fillStyle = "#57534e";
      pen.fill();
      pen.lineWidth = 1;
      pen.strokeStyle = "#ffffff";
      pen.stroke();
    },
  });

  return { LabelLayer };
})();
