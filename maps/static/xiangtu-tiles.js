/* Vector tiles: asking, keeping, failing and coming back.
 *
 * Leaflet.VectorGrid fetches and decodes; the picture is ours (xiangtu-draw.js), so that a new style, theme,
 * filter or selection redraws what the browser already holds and asks the server for nothing.
 * Tiles are 512 px wide: at map zoom z the tile of zoom z - 1 is asked for.
 */
window.XiangtuTiles = (function () {
  "use strict";

  const TILE_PX = 512;
  const KEPT_TILES = 160;
  const FIRST_RETRY_MS = 2000;
  const LAST_RETRY_MS = 30000;

  /** Turn a decoded feature into what drawing needs: properties, a path in tile pixels, its box. */
  function prepare(feature, extent) {
    const perUnit = TILE_PX / extent;
    const shape = { properties: feature.properties, points: null, path: null, box: null };
    let west = Infinity, south = -Infinity, east = -Infinity, north = Infinity;
    const parts = feature.geometry;
    for (const part of parts) {
      for (const point of part) {
        point.x *= perUnit;
        point.y *= perUnit;
        west = Math.min(west, point.x);
        east = Math.max(east, point.x);
        north = Math.min(north, point.y);
        south = Math.max(south, point.y);
      }
    }
    shape.box = [west, north, east, south];
    if (feature.type === 1) {
      shape.points = parts.flat();
      return shape;
    }
    shape.path = new Path2D();
    for (const part of parts) {
      part.forEach((point, i) => (i ? shape.path.lineTo(point.x, point.y) : shape.path.moveTo(point.x, point.y)));
      if (feature.type === 3) shape.path.closePath();
    }
    return shape;
  }

  /** What is under way and what is broken, for the whole map; tells its listeners of each change.
   *
   * Once something has failed, the map counts as broken until a round of retries has ended without a failure.
   */
  class Health {
    constructor() {
      this.pending = 0;
      this.failures = 0;
      this.broken = null;
      this.listeners = [];
      this.retriers = new Set();
      this.delay = FIRST_RETRY_MS;
      this.timer = null;
      this.probe = null;
    }
    tell() {
      if (this.pending === 0 && this.failures === 0 && this.broken !== null) {
        this.broken = null;
        this.delay = FIRST_RETRY_MS;
      }
      for (const listener of this.listeners) listener(this);
    }
    begin() {
      this.pending += 1;
      this.tell();
    }
    end() {
      this.pending -= 1;
      this.tell();
    }
    /** Note a failure and plan the next try; `status` 0 means that the server did not answer. */
    fail(status) {
      this.failures += 1;
      this.broken = status === 401 || status === 403 ? "denied" : "away";
      if (this.timer === null) {
        this.timer = setTimeout(() => this.retry(), this.delay);
        this.delay = Math.min(this.delay * 2, LAST_RETRY_MS);
      }
      this.tell();
    }
    retry() {
      clearTimeout(this.timer);
      this.timer = null;
      this.probe = null;
      this.failures = 0;
      for (const retrier of [...this.retriers]) retrier();
      this.tell();
    }
    /** Status of an address that has just failed; asked once in a round of retries. */
    async diagnose(url) {
      this.begin();
      this.probe ??= fetch(url, { credentials: "same-origin" }).then((answer) => answer.status, () => 0);
      this.fail(await this.probe);
      this.end();
    }
  }

  /** GET an address of ours as JSON; failures go to `health` and are thrown on. */
  async function fetchJson(url, health) {
    health.begin();
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok) {
        health.fail(answer.status);
        throw new Error(`${answer.status} ${url}`);
      }
      return await answer.json();
    } catch (error) {
      if (error instanceof TypeError) health.fail(0);
      throw error;
    } finally {
      health.end();
    }
  }

  /** The layers of one decoded tile; each is prepared for drawing when it is first drawn. */
  class Layers {
    constructor(layers) {
      this.layers = layers;
      this.prepared = new Map();
    }
    features(name) {
      if (!this.prepared.has(name)) {
        const layer = this.layers[name];
        this.prepared.set(name, layer ? layer.features.map((feature) => prepare(feature, layer.extent)) : []);
      }
      return this.prepared.get(name);
    }
  }

  /** The tiles of one address template, decoded once and shared by all who draw them. */
  class Source {
    constructor(url, health) {
      this.url = url;
      this.health = health;
      this.entries = new Map();
      this.loader = L.vectorGrid.protobuf(url, {});
    }
    /** The layers of a tile; the same promise for everyone who asks while it is kept. */
    take(z, x, y) {
      const key = `${z}/${x}/${y}`;
      let entry = this.entries.get(key);
      if (entry) {
        this.entries.delete(key);
      } else {
        entry = this.ask(key, { z, x, y });
      }
      entry.users += 1;
      this.entries.set(key, entry);
      return entry.layers;
    }
    /** Give a tile back; one that nobody waits for any more is not fetched to the end. */
    release(z, x, y) {
      const key = `${z}/${x}/${y}`;
      const entry = this.entries.get(key);
      if (!entry) return;
      entry.users -= 1;
      if (entry.users === 0 && !entry.settled) {
        this.entries.delete(key);
        entry.abort.abort();
      }
      for (const [old, kept] of this.entries) {
        if (this.entries.size <= KEPT_TILES) break;
        if (kept.users === 0) this.entries.delete(old);
      }
    }
    ask(key, coords) {
      const entry = { users: 0, settled: false, abort: new AbortController(), layers: null };
      this.loader.options.fetchOptions = { credentials: "same-origin", signal: entry.abort.signal };
      this.health.begin();
      entry.layers = this.loader
        ._getVectorTilePromise(coords)
        .then((tile) => {
          // VectorGrid answers a refused request with an array instead of a table of layers, without its status.
          if (Array.isArray(tile.layers)) throw new Error(`refused: ${key}`);
          return new Layers(tile.layers);
        })
        .catch((error) => {
          if (this.entries.get(key) === entry) this.entries.delete(key);
          if (error.name !== "AbortError") this.health.diagnose(L.Util.template(this.url, coords));
          throw error;
        })
        .finally(() => {
          entry.settled = true;
          this.health.end();
        });
      return entry;
    }
  }

  /** A grid of canvases over a source; beyond tiles of zoom `deepestTile` their parts are enlarged (not Leaflet's
   * `maxNativeZoom`, which would enlarge pixels). `paint(context, features, unit, zoom)` draws; unit = tile px per CSS px. */
  const TileLayer = L.GridLayer.extend({
    options: { tileSize: TILE_PX, keepBuffer: 1, updateWhenZooming: false, className: "xt-tiles" },

    initialize(source, paint, options) {
      L.GridLayer.prototype.initialize.call(this, options);
      this.source = source;
      this.paint = paint;
      this.failed = new Set();
      this.shrunk = 1;
      this.on("tileunload", (event) => this.leave(event.tile));
    },

    onAdd(map) {
      this.retrier = () => this.retry();
      this.source.health.retriers.add(this.retrier);
      this.shrunk = map.getZoomScale(map.getZoom(), Math.round(map.getZoom()));
      L.GridLayer.prototype.onAdd.call(this, map);
    },

    /** Half zoom steps shrink the tiles of the next whole zoom: draw them so that lines keep their width. */
    getEvents() {
      const events = L.GridLayer.prototype.getEvents.call(this);
      events.zoomend = () => {
        const shrunk = this._map.getZoomScale(this._map.getZoom(), this._tileZoom);
        if (shrunk === this.shrunk) return;
        this.shrunk = shrunk;
        this.restyle();
      };
      return events;
    },

    onRemove(map) {
      this.source.health.retriers.delete(this.retrier);
      this.failed.clear();
      L.GridLayer.prototype.onRemove.call(this, map);
    },

    createTile(coords, done) {
      const canvas = document.createElement("canvas");
      const density = Math.min(window.devicePixelRatio || 1, 2);
      canvas.width = canvas.height = TILE_PX * density;
      const zoom = coords.z - 1;
      const deeper = Math.max(0, zoom - this.options.deepestTile);
      const x = coords.x >> deeper, y = coords.y >> deeper;
      canvas.tile = {
        z: zoom - deeper, x, y, density, zoom: coords.z,
        scale: 2 ** deeper,
        left: (coords.x - x * 2 ** deeper) * TILE_PX,
        top: (coords.y - y * 2 ** deeper) * TILE_PX,
        features: null,
      };
      this.fill(canvas, done);
      return canvas;
    },

    async fill(canvas, done) {
      const { z, x, y } = canvas.tile;
      canvas.tile.held = true;
      try {
        canvas.tile.features = (await this.source.take(z, x, y)).features(this.options.mvtLayer);
        this.failed.delete(canvas);
        this.draw(canvas);
        done(null, canvas);
      } catch (error) {
        canvas.tile.held = false;
        if (error.name !== "AbortError" && this._map) this.failed.add(canvas);
        done(error, canvas);
      }
    },

    leave(canvas) {
      this.failed.delete(canvas);
      if (canvas.tile.held) this.source.release(canvas.tile.z, canvas.tile.x, canvas.tile.y);
      canvas.tile.held = false;
    },

    retry() {
      for (const canvas of [...this.failed]) this.fill(canvas, () => {});
    },

    draw(canvas) {
      const { density, scale, left, top, features, zoom } = canvas.tile;
      if (!features) return;
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.setTransform(density * scale, 0, 0, density * scale, -left * density, -top * density);
      this.paint(context, features, 1 / scale / this.shrunk, zoom + Math.log2(this.shrunk));
    },

    /** Draw all tiles anew from what is held, in one go: nothing blinks, nothing is fetched. */
    restyle() {
      for (const key in this._tiles) this.draw(this._tiles[key].el);
    },

    /** Features of the tile under a point, with the point in that tile's pixels (null where none is held). */
    under(latlng) {
      if (!this._map || this._tileZoom === undefined) return null;
      const pixel = this._map.project(latlng, this._tileZoom);
      const tile = this._tiles[this._tileCoordsToKey({
        x: Math.floor(pixel.x / TILE_PX), y: Math.floor(pixel.y / TILE_PX), z: this._tileZoom,
      })];
      if (!tile || !tile.el.tile.features) return null;
      const { scale, left, top, features } = tile.el.tile;
      const x = (pixel.x - Math.floor(pixel.x / TILE_PX) * TILE_PX + left) / scale;
      const y = (pixel.y - Math.floor(pixel.y / TILE_PX) * TILE_PX + top) / scale;
      return { features, x, y, unit: 1 / scale / this.shrunk };
    },
  });

  return { TILE_PX, Health, Source, TileLayer, fetchJson };
})();
