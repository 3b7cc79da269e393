/* The frame that Streamlit gives us: its height, the view in the address bar, what a click tells the server. */
window.XiangtuFrame = (function () {
  "use strict";

  const PHONE_PX = 640;
  const ADDRESS_CHECK_MS = 700;
  let fixed = 0;
  let remeasure = () => {};

  /** Let the map fill what the window leaves below the page's head; on a phone leave room to scroll past it. */
  function fit(map) {
    shared.map = map;
    const frame = window.frameElement;
    const outer = window.parent;
    if (!frame) return;
    const send = Streamlit.setFrameHeight;
    let told = 0;
    const measure = () => {
      const phone = outer.innerWidth < PHONE_PX;
      const scroller = frame.closest('[data-testid="stMain"]');
      const top = frame.getBoundingClientRect().top + (scroller ? scroller.scrollTop : 0);
      const wanted = fixed || (phone ? outer.innerHeight * 0.62 : outer.innerHeight - top - 28);
      const height = Math.round(Math.min(phone ? outer.innerHeight * 0.62 : 1400, Math.max(340, wanted)));
      if (height === told) return;
      told = height;
      map.getContainer().style.height = `${height}px`;
      map.getContainer().style.setProperty("--xt-legend-room", `${height - 170}px`);
      send(height);
      map.invalidateSize({ animate: false });
    };
    // The component repeats Python's fixed height at every change of state; ours stays as the window has it.
    Streamlit.setFrameHeight = () => send(told);
    outer.addEventListener("resize", measure);
    window.addEventListener("pagehide", () => outer.removeEventListener("resize", measure));
    remeasure = measure;
    measure();
    if (frame.offsetWidth) return;
    // Made behind another tab of the page, the frame has no place yet: look again when it is shown.
    const shown = new ResizeObserver(() => {
      if (!frame.offsetWidth) return;
      shown.disconnect();
      measure();
    });
    shown.observe(document.documentElement);
  }

  /** A map among other things has a height of its own; 0: as `fit` finds. */
  function fix(height) {
    if (fixed === height) return;
    fixed = height;
    remeasure();
  }

  /** Maps of one page that share a word look at the same place: a move of one is told to the others. */
  function link(map, word) {
    const outer = window.parent;
    let following = false;
    const tell = () => {
      if (following) return;
      const { lat, lng } = map.getCenter();
      const detail = JSON.stringify({ word, lat, lng, zoom: map.getZoom() });
      outer.document.dispatchEvent(new outer.CustomEvent("xt-look", { detail }));
    };
    const follow = ({ detail }) => {
      const look = JSON.parse(detail);
      if (look.word !== word || told(look)) return;
      following = true;
      map.setView([look.lat, look.lng], look.zoom, { animate: false });
      following = false;
    };
    const told = ({ lat, lng, zoom }) => map.getZoom() === zoom && map.getCenter().equals([lat, lng], 1e-9);
    map.on("move", tell);
    outer.document.addEventListener("xt-look", follow);
    window.addEventListener("pagehide", () => outer.document.removeEventListener("xt-look", follow));
  }

  /** The view that the address bar asks for: `?v=zoom/lat/lon`; null if it says nothing sensible. */
  function viewInAddress() {
    const text = new URLSearchParams(window.parent.location.search).get("v") || "";
    const [zoom, lat, lon] = text.split("/").map(Number);
    const sound = /^\d{1,2}(\.5)?\/-?\d{1,2}(\.\d+)?\/-?\d{1,3}(\.\d+)?$/.test(text) &&
      zoom <= 20 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
    return sound ? { center: [lat, lon], zoom } : null;
  }

  /** Keep `v` in the address bar. Streamlit rewrites the address after a rerun from what it knew, so look again. */
  function followView(map) {
    const outer = window.parent;
    const page = outer.location.pathname;
    const write = () => {
      if (outer.location.pathname !== page || !window.frameElement?.isConnected) return;
      const center = map.getCenter();
      const view = `${map.getZoom()}/${center.lat.toFixed(5)}/${center.lng.toFixed(5)}`;
      const address = new URL(outer.location.href);
      if (address.searchParams.get("v") === view) return;
      const rest = address.search.replace(/^\?/, "").split("&").filter((part) => part && !part.startsWith("v="));
      address.search = [...rest, `v=${view}`].join("&");
      outer.history.replaceState(outer.history.state, "", address);
    };
    const timer = setInterval(write, ADDRESS_CHECK_MS);
    window.addEventListener("pagehide", () => clearInterval(timer));
    map.on("moveend", write);
  }

  /** A click reaches the server at once, with its zoom, which says how far "near" is.
   *
   * streamlit-folium tells it too, a quarter of a second later in case more comes: that one is dropped.
   */
  function sendClicks(map) {
    const send = Streamlit.setComponentValue;
    let told = {};
    map.on("click", ({ latlng }) => {
      told = { lat: latlng.lat, lng: latlng.lng };
      send({ last_clicked: told, zoom: map.getZoom() });
    });
    Streamlit.setComponentValue = (value) => {
      const clicked = value && value.last_clicked;
      if (!clicked || clicked.lat !== told.lat || clicked.lng !== told.lng) send(value);
    };
  }

  /** `map` is the frame's map, for the one that was drawn before it (xiangtu-first.js). */
  const shared = { map: null, fit, fix, link, viewInAddress, followView, sendClicks };
  return shared;
})();
