/* The map that is there before Streamlit's scripts: drawn in a frame of its own over the place where the page's
 * map will be. It gives way once that one is drawn at the same view, and hands it a click that came meanwhile.
 */
window.XiangtuFirst = (function () {
  "use strict";

  const PAGES_MAP = 'iframe[title*="streamlit_folium"]';
  const RUN_OVER = '[data-testid="stApp"][data-test-script-state="notRunning"]';
  const LOOK_MS = 25;
  const PATIENCE_MS = 1500;
  const LEGEND_MARGIN_PX = 170;

  function isDrawn(container) {
    const tiles = [...container.querySelectorAll(".leaflet-xt-fill-pane canvas")];
    return container.hasAttribute("data-drawn") && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded"));
  }

  /** Lie exactly over the page's map as soon as that has a place. */
  function cover(frame, map, place) {
    const own = frame.getBoundingClientRect();
    const edges = ["left", "top", "width", "height"];
    if (edges.every((edge) => Math.abs(own[edge] - place[edge]) < 0.5)) return;
    for (const edge of edges) frame.style[edge] = `${place[edge]}px`;
    map.invalidateSize({ animate: false });
  }

  /** Whether the page's map shows what this one shows; if not, it is told to. */
  function agrees(theirs, map) {
    const zoom = map.getZoom();
    const apart = theirs.project(theirs.getCenter(), zoom).distanceTo(map.project(map.getCenter(), zoom));
    if (theirs.getZoom() === zoom && apart <= 1) return true;
    theirs.setView(map.getCenter(), zoom, { animate: false });
    return false;
  }

  class StandIn {
    constructor(map) {
      this.map = map;
      this.frame = window.frameElement;
      this.clicked = null;
      this.ranAt = null;
      this.step = this.step.bind(this);
    }
    start() {
      this.page = window.parent.location.pathname;
      this.step();
    }
    step() {
      const { map, frame } = this;
      if (!frame.isConnected) return;
      if (frame.style.visibility !== "visible" && isDrawn(map.getContainer())) {
        frame.style.visibility = "visible";
        window.parent.startStreamlit?.();
      }
      const real = frame.ownerDocument.querySelector(PAGES_MAP);
      const place = real && real.getBoundingClientRect();
      if (place && place.height > 100) cover(frame, map, place);
      const moving = map.dragging.moving() || map._animatingZoom || document.fullscreenElement !== null;
      const theirs = real && real.contentWindow.XiangtuFrame?.map;
      if (this.noMapComes(real) || window.parent.location.pathname !== this.page) return frame.remove();
      if (theirs && !moving && isDrawn(theirs.getContainer()) && agrees(theirs, map)) {
        if (this.clicked) theirs.fire("click", { latlng: this.clicked });
        return frame.remove();
      }
      setTimeout(this.step, LOOK_MS);
    }
    /** The page has run and brought no map: it tells of an error, which must not be covered. */
    noMapComes(real) {
      if (real || !this.frame.ownerDocument.querySelector(RUN_OVER)) this.ranAt = null;
      else this.ranAt ??= performance.now();
      return this.ranAt !== null && performance.now() - this.ranAt > PATIENCE_MS;
    }
    /* What the runtime asks of the frame it is in, as XiangtuFrame does for Streamlit's. */
    fit() {
      const measure = () => {
        this.map.getContainer().style.setProperty("--xt-legend-room", `${this.map.getSize().y - LEGEND_MARGIN_PX}px`);
      };
      this.map.on("resize", measure);
      measure();
    }
    sendClicks() {
      this.map.on("click", ({ latlng }) => { this.clicked = latlng; });
    }
  }

  function open(options, fullscreen, words, state) {
    const map = L.map("map", options);
    shared.map = map;
    const standIn = new StandIn(map);
    XiangtuMap.dress(map, words, standIn);
    map.addControl(L.control.fullscreen(fullscreen));
    XiangtuMap.apply(map, state);
    //FETCH
    standIn.start();
  }

  const shared = { map: null, open };
  return shared;
})();
