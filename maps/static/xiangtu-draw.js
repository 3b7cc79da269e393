/* Drawing: how features, themes, scopes and selections become pixels. No requests, no state of its own. */
window.XiangtuDraw = (function () {
  "use strict";

  const PAPER = "#eef0ea";
  const SELECTED = "#111827";
  const HATCH = 0.55;
  const sprites = new Map();
  const scratch = document.createElement("canvas").getContext("2d");

  /** Codes are hierarchical: 4418 81 103 201; zeros at the end name a whole county or township. */
  function stem(code) {
    if (code.length !== 12) return code;
    if (code.endsWith("000000")) return code.slice(0, 6);
    return code.endsWith("000") ? code.slice(0, 9) : code;
  }

  function codeOf(feature) {
    return String(feature.properties.code ?? feature.properties.admin_code ?? "");
  }

  /** Is a place inside the scope of view (or does it contain the scope)? */
  function inScope(code, scope) {
    const own = stem(code);
    if (!own.startsWith(scope.prefix) && !scope.prefix.startsWith(own)) return false;
    return scope.townships === null || own.length < 9 || scope.townships.has(own.slice(0, 9));
  }

  function passes(feature, filters) {
    for (const [attribute, allowed] of filters) {
      if (!allowed.has(String(feature.properties[attribute] ?? ""))) return false;
    }
    return true;
  }

  function symbolOf(feature, style) {
    if (style.attribute === null) return style.default;
    return style.symbols.get(String(feature.properties[style.attribute] ?? "")) || style.default;
  }

  /** Widths are declared for zoom 12: thinner when the city is seen whole, a little wider close by. */
  function growth(zoom) {
    return Math.min(1.5, Math.max(0.55, 1 + (zoom - 12) * 0.12));
  }

  function hatch(context, color, unit, density) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8 * density;
    const pen = tile.getContext("2d");
    pen.scale(density, density);
    pen.strokeStyle = color;
    pen.lineWidth = 1;
    for (const shift of [-8, 0, 8]) {
      pen.beginPath();
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
      pen.stroke();
    }
    const pattern = context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(unit / density));
    return pattern;
  }

  /** Class of a place in a theme: a number, or null for no data. The theme's level says which digits count. */
  function classOf(code, theme) {
    const digits = { county: 6, township: 9, village: 12 }[theme.level];
    const own = stem(code);
    if (own.length < digits) return null;
    const found = theme.classes[own.slice(0, digits).padEnd(12, "0")];
    return found === undefined ? null : found;
  }

  function strokePath(context, path, color, width, dash, unit) {
    context.strokeStyle = color;
    context.lineWidth = width * unit;
    context.setLineDash(dash ? dash.split(/[ ,]+/).map((length) => length * unit) : []);
    context.stroke(path);
  }

  /** Areas: fills first, then outlines, so that no neighbour's fill covers half of an outline. */
  function areas(context, shown, spec, look, unit, zoom) {
    const thin = spec.base ? Math.min(1, Math.max(0.3, (zoom - 6) / 6)) : growth(zoom);
    const themed = spec.base && spec.filled && look.theme;
    const density = context.getTransform().a * unit;
    const blank = themed ? hatch(context, look.theme.noDataLine, unit, density) : null;
    const hatches = new Map();
    for (const { feature, symbol, inside } of shown) {
      if (!spec.filled) break;
      if (themed && inside) {
        const index = classOf(codeOf(feature), look.theme);
        context.globalAlpha = 1;
        context.fillStyle = index === null ? look.theme.noData : look.theme.colors[index];
        context.fill(feature.path, "evenodd");
        if (index === null) {
          context.fillStyle = blank;
          context.fill(feature.path, "evenodd");
        }
      } else if (symbol.fill) {
        context.globalAlpha = symbol.fillOpacity * symbol.opacity;
        context.fillStyle = inside ? symbol.fill : PAPER;
        context.fill(feature.path, "evenodd");
        if (symbol.hatched && inside) {
          if (!hatches.has(symbol.fill)) hatches.set(symbol.fill, hatch(context, symbol.fill, unit, density));
          context.globalAlpha = HATCH * symbol.opacity;
          context.fillStyle = hatches.get(symbol.fill);
          context.fill(feature.path, "evenodd");
        }
      }
    }
    for (const { feature, symbol, inside } of shown) {
      if (symbol.width === 0) continue;
      context.globalAlpha = symbol.opacity * (inside ? 1 : 0.45);
      strokePath(context, feature.path, themed && inside ? look.theme.outline : symbol.color,
        symbol.width * thin, symbol.dash, unit);
    }
  }

  /** The outline of the selected unit, on a layer of its own above every boundary. */
  function outline(context, features, look, unit) {
    context.setLineDash([]);
    context.lineJoin = "round";
    context.globalAlpha = 1;
    for (const feature of features) {
      if (look.selection === null || look.selection.code !== codeOf(feature)) continue;
      strokePath(context, feature.path, "#ffffff", 6, null, unit);
      strokePath(context, feature.path, SELECTED, 2.6, null, unit);
    }
  }

  /** Lines: a light casing under each, so that roads can be read on any theme colour. */
  function lines(context, shown, unit, zoom) {
    const wide = growth(zoom);
    context.lineJoin = context.lineCap = "round";
    for (const { feature, symbol } of shown) {
      if (symbol.width * wide < 1.3) continue;
      context.globalAlpha = 0.75 * symbol.opacity;
      strokePath(context, feature.path, "#ffffff", symbol.width * wide + 1.4, null, unit);
    }
    for (const { feature, symbol } of shown) {
      context.globalAlpha = symbol.opacity;
      context.lineCap = symbol.dash ? "butt" : "round";
      strokePath(context, feature.path, symbol.color, symbol.width * wide, symbol.dash, unit);
    }
  }

  /** A marker drawn once for each symbol and size, then stamped. */
  function sprite(symbol, radius, density) {
    const key = [symbol.shape, symbol.fill, symbol.color, symbol.width, symbol.opacity, symbol.fillOpacity,
      radius, density].join("|");
    let image = sprites.get(key);
    if (image) return image;
    const half = Math.ceil(radius + symbol.width + 1);
    image = document.createElement("canvas");
    image.width = image.height = 2 * half * density;
    image.half = half;
    const pen = image.getContext("2d");
    pen.scale(density, density);
    pen.translate(half, half);
    pen.scale(radius, radius);
    const outline = new Path2D(symbol.shape);
    pen.globalAlpha = symbol.fillOpacity * symbol.opacity;
    pen.fillStyle = symbol.fill || symbol.color;
    pen.fill(outline);
    pen.globalAlpha = symbol.opacity;
    pen.lineWidth = Math.min(symbol.width, radius / 3) / radius;
    pen.lineJoin = "round";
    pen.strokeStyle = symbol.color;
    if (symbol.width > 0) pen.stroke(outline);
    sprites.set(key, image);
    return image;
  }

  function markerRadius(symbol, zoom) {
    return Math.round(symbol.radius * growth(zoom) * 4) / 4;
  }

  /** Points: least important first, so that a D house is never under an A house. */
  function points(context, shown, unit, zoom) {
    const density = context.getTransform().a * unit;
    context.globalAlpha = 1;
    for (const { feature, symbol } of shown) {
      const image = sprite(symbol, markerRadius(symbol, zoom), density);
      const half = image.half * unit;
      for (const point of feature.points) context.drawImage(image, point.x - half, point.y - half, 2 * half, 2 * half);
    }
  }

  /** Features that are to be seen, with their symbols, least important first. */
  function visible(features, spec, look) {
    const shown = [];
    for (const feature of features) {
      const inside = inScope(codeOf(feature), look.scope);
      if (!spec.base && (!inside || !passes(feature, spec.filters))) continue;
      shown.push({ feature, inside, symbol: symbolOf(feature, spec.style) });
    }
    if (spec.style.order.size) {
      const rank = ({ feature }) => spec.style.order.get(String(feature.properties[spec.style.attribute])) ?? -1;
      shown.sort((a, b) => rank(a) - rank(b));
    }
    return shown;
  }

  function paint(context, features, spec, look, unit, zoom) {
    const shown = visible(features, spec, look);
    context.setLineDash([]);
    context.lineJoin = "round";
    if (spec.geometry === "polygon") areas(context, shown, spec, look, unit, zoom);
    else if (spec.geometry === "line") lines(context, shown, unit, zoom);
    else points(context, shown, unit, zoom);
  }

  /** The topmost visible feature at a place of a tile, or null. Lines are too thin to aim at. */
  function hit(under, spec, look, zoom) {
    const { x, y, unit } = under;
    const shown = visible(under.features.filter(({ box }) =>
      x >= box[0] - 9 * unit && x <= box[2] + 9 * unit && y >= box[1] - 9 * unit && y <= box[3] + 9 * unit), spec, look);
    for (const { feature, symbol } of shown.reverse()) {
      if (feature.points) {
        const reach = (markerRadius(symbol, zoom) + 3) * unit;
        if (feature.points.some((point) => Math.hypot(point.x - x, point.y - y) <= reach)) return feature;
      } else if (spec.geometry === "polygon" && scratch.isPointInPath(feature.path, x, y, "evenodd")) {
        return feature;
      }
    }
    return null;
  }

  /** A picture for the legend, drawn as the map draws; 28 by 18 px. */
  function picture(drawn) {
    const density = window.devicePixelRatio || 1;
    const canvas = document.createElement("canvas");
    canvas.width = 28 * density;
    canvas.height = 18 * density;
    const pen = canvas.getContext("2d");
    pen.scale(density, density);
    drawn(pen, density);
    return canvas;
  }

  function box(pen, fill) {
    pen.fillStyle = fill;
    pen.fillRect(3, 3, 22, 12);
  }

  function swatch(symbol, geometry) {
    return picture((pen, density) => {
      if (geometry === "point") {
        const image = sprite(symbol, Math.min(symbol.radius, 7), density);
        pen.drawImage(image, 14 - image.half, 9 - image.half, 2 * image.half, 2 * image.half);
        return;
      }
      pen.globalAlpha = symbol.fillOpacity * symbol.opacity;
      if (geometry === "polygon" && symbol.fill) box(pen, symbol.fill);
      if (geometry === "polygon" && symbol.hatched) {
        pen.globalAlpha = HATCH * symbol.opacity;
        box(pen, hatch(pen, symbol.fill, 1, density));
      }
      pen.globalAlpha = symbol.opacity;
      const path = new Path2D(geometry === "line" ? "M3 9H25" : "M3 3H25V15H3Z");
      strokePath(pen, path, symbol.color, symbol.width, symbol.dash, 1);
    });
  }

  function colorSwatch(color) {
    return picture((pen) => box(pen, color));
  }

  function noDataSwatch(theme) {
    return picture((pen, density) => {
      box(pen, theme.noData);
      box(pen, hatch(pen, theme.noDataLine, 1, density));
    });
  }

  return { paint, outline, hit, codeOf, classOf, inScope, swatch, colorSwatch, noDataSwatch };
})();
