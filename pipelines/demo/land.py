"""Land consolidation projects and construction-land quotas of a county."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from base.areas import M2_PER_MU
from layers.codes import ConsolidationKind, LandClass, ProjectState
from pipelines.demo.calendar import Days, days_before
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees

GEOD = Geod(a=6378137, rf=298.257222101)
_PROJECTS_PER_VILLAGE = 0.486
_KINDS = {
    ConsolidationKind.WHOLE_AREA: (0.10, 950, ("0103", "0101"), 0.05),
    ConsolidationKind.HIGH_STANDARD: (0.34, 560, ("0101", "0101"), 0.0),
    ConsolidationKind.DRY_TO_PADDY: (0.20, 260, ("0103", "0101"), 0.0),
    ConsolidationKind.RECLAMATION: (0.26, 110, ("0702", "0103"), 0.86),
    ConsolidationKind.LINKED_QUOTA: (0.10, 140, ("0702", "0103"), 0.90),
}
"""Share of the projects, radius in metres, land class before and after, share of the area that is new farmland."""


@dataclass(frozen=True)
class Land:
    """Projects with geometry in EPSG:4490, their areas by land class, and quotas of the county and its townships."""

    projects: gpd.GeoDataFrame
    classes: pd.DataFrame
    quotas: pd.DataFrame


def make_land(view: CountyView) -> Land:
    """Make the projects and quotas of a county."""
    projects, villages = _projects(view)
    return Land(projects, _classes(view, projects, villages), _quotas(view))


def _projects(view: CountyView) -> tuple[gpd.GeoDataFrame, IntArray]:
    rng = view.stream("projects")
    count = max(3, round(_PROJECTS_PER_VILLAGE * len(view.villages)))
    kinds = list(_KINDS)
    chosen = rng.choice(len(kinds), count, p=[_KINDS[k][0] for k in kinds])
    rural = view.villages["kind"].eq("village").to_numpy()[view.village_of]
    flat = np.exp(-view.terrain.slope_at(view.settlement_lonlat) / 6) * np.where(rural, 1, 0.15)
    settlements = rng.choice(len(flat), count, p=flat / flat.sum(), replace=count > len(flat))
    radius = np.array([_KINDS[kinds[k]][1] for k in chosen]) * rng.lognormal(0, 0.35, count)
    shapes = _patches(view, settlements, radius, rng)
    area_mu = np.array([abs(GEOD.geometry_area_perimeter(s)[0]) for s in shapes]) / M2_PER_MU
    stated = np.round(area_mu * rng.normal(1, 0.012, count), 2)
    share = np.array([_KINDS[kinds[k]][3] for k in chosen])
    new = np.round(stated * np.clip(share + rng.normal(0, 0.02, count) * (share > 0) + 0.004, 0, 0.97), 2)
    saved = np.where(share > 0.5, np.round(new * rng.uniform(0.75, 1.0, count), 2), 0.0)
    state, accepted = _states(view.villages["development"].to_numpy()[view.village_of[settlements]], rng)
    used = np.where(
        state == str(ProjectState.ACCEPTED),
        np.round(saved * rng.choice((0, 0.2, 0.5, 0.8, 1), count), 2),
        0.0,
    )
    village = view.village_of[settlements]
    towns = view.townships["name"].to_numpy()[view.township_of[village]]
    made = gpd.GeoDataFrame(
        {
            "project_no": [f"TZ{view.prefix}{i + 1:04d}" for i in range(count)],
            "name": [
                f"{view.name}{towns[i]}{view.village_titles[village[i]]}{kinds[chosen[i]].text.zh}项目"
                for i in range(count)
            ],
            "project_kind": [str(kinds[k]) for k in chosen],
            "stated_area_mu": stated,
            "new_farmland_mu": new,
            "class_before": [str(LandClass.of(_KINDS[kinds[k]][2][0])) for k in chosen],
            "class_after": [str(LandClass.of(_KINDS[kinds[k]][2][1])) for k in chosen],
            "saved_quota_mu": saved,
            "used_quota_mu": used,
            "investment_wan": np.round(
                stated * rng.uniform(0.18, 0.42, count) * np.where(share > 0.5, 9, 1), 1
            ),
            "state": state,
            "accepted_on": accepted,
            **_progress(view, state, accepted),
        },
        geometry=shapes,
        crs="EPSG:4490",
    )
    return made, village


def _progress(view: CountyView, state: np.ndarray, accepted: Days) -> dict[str, np.ndarray]:
    """When a project was begun, when it is to be finished, and how far it is, by its state."""
    rng = view.stream("project progress")
    count = len(state)
    done, at_work = state == str(ProjectState.ACCEPTED), state == str(ProjectState.UNDER_WAY)
    planned = done | at_work | (state == str(ProjectState.APPROVED))
    lasting, begun = rng.integers(240, 900, count), days_before(rng.integers(20, 700, count))
    started = np.where(done, accepted - lasting.astype("timedelta64[D]"), begun)
    finish = np.where(
        planned & ~done & ~at_work, days_before(-rng.integers(200, 900, count)), started + lasting
    )
    share = (days_before(np.zeros(count, dtype=int)) - started) / np.maximum(lasting, 1).astype(
        "timedelta64[D]"
    )
    percent = np.clip(np.round(100 * share * rng.uniform(0.6, 1.1, count)), 3, 97)
    never = np.datetime64("NaT")
    return {
        "started_on": np.where(done | at_work, started, never),
        "planned_finish": np.where(planned, finish, never),
        "progress_percent": np.select([done, at_work], [100.0, percent], 0.0),
    }


def _classes(view: CountyView, projects: gpd.GeoDataFrame, villages: IntArray) -> pd.DataFrame:
    """Areas by land class before and after, 亩: both sum to the project's area, farmland grows by the new farmland."""
    rng = view.stream("project classes")
    rows: list[tuple[int, str, float, float]] = []
    for i, project in enumerate(projects.itertuples()):
        area, new = project.stated_area_mu, project.new_farmland_mu
        ditch = round(area * float(rng.uniform(0.01, 0.04)), 2)
        if project.class_before == str(LandClass.VILLAGE_SITE):
            rows.append((i, project.class_before, area, 0.0))
            rows.append((i, project.class_after, 0.0, new))
            rows.append((i, str(LandClass.OTHER_WOODLAND), 0.0, round(area - new, 2)))
            continue
        ditch = min(ditch, round(area - new, 2))
        left = round(area - new - ditch, 2)
        before, after = {project.class_before: left}, {project.class_after: round(left + new, 2)}
        rows.extend(
            (i, code, before.get(code, 0.0), after.get(code, 0.0)) for code in sorted({*before, *after})
        )
        rows.append((i, str(LandClass.OTHER_GRASS), new, 0.0))
        rows.append((i, str(LandClass.DITCH), ditch, ditch))
    frame = pd.DataFrame(rows, columns=["project", "land_class", "before_mu", "after_mu"])
    at = frame.pop("project").to_numpy()
    names = view.names(villages[at])
    return pd.concat([names, frame.assign(project_no=projects["project_no"].to_numpy()[at])], axis=1)


def _patches(
    view: CountyView, settlements: IntArray, radius_m: FloatArray, rng: np.random.Generator
) -> np.ndarray:
    """Rounded irregular patches near settlements, cut to their village."""
    count, steps = len(settlements), 28
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    waves = sum(
        rng.normal(0, 0.24 / k, (count, 1)) * np.cos(k * angle + rng.uniform(0, 2 * np.pi, (count, 1)))
        for k in (1, 2, 3, 5)
    )
    reach = radius_m[:, None] * np.clip(1 + waves, 0.35, 2.2)
    aside = rng.normal(0, 0.7, (count, 2)) * radius_m[:, None]
    centre = view.settlement_metres[settlements] + aside
    rings = centre[:, None, :] + reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)[None]
    patches = shapely.polygons(to_degrees(rings.reshape(-1, 2)).reshape(rings.shape))
    homes = np.asarray(view.villages.geometry.array)[view.village_of[settlements]]
    return np.array(
        [
            _cut(patch, home, spot)
            for patch, home, spot in zip(patches, homes, view.settlement_lonlat[settlements], strict=True)
        ]
    )


def _cut(patch: shapely.Polygon, home: shapely.Polygon, spot: FloatArray) -> shapely.Polygon:
    """The largest piece of the patch inside the village; a small square at the settlement if there is none."""
    parts = shapely.get_parts(shapely.intersection(patch, home))
    parts = parts[shapely.get_type_id(parts) == 3]
    if len(parts) and shapely.area(parts).max() > 0.2 * shapely.area(patch):
        return parts[np.argmax(shapely.area(parts))]
    return shapely.box(spot[0] - 0.0004, spot[1] - 0.0004, spot[0] + 0.0004, spot[1] + 0.0004)


def _states(level: FloatArray, rng: np.random.Generator) -> tuple[np.ndarray, Days]:
    luck = rng.random(len(level)) + 0.15 * (level - 0.5)
    steps = [
        str(s)
        for s in (
            ProjectState.CANCELLED,
            ProjectState.PROPOSED,
            ProjectState.APPROVED,
            ProjectState.UNDER_WAY,
        )
    ]
    state = np.select([luck < 0.02, luck < 0.14, luck < 0.30, luck < 0.58], steps, str(ProjectState.ACCEPTED))
    days = days_before(rng.integers(20, 1500, len(level)))
    return state.astype(object), np.where(state == str(ProjectState.ACCEPTED), days, np.datetime64("NaT"))


def _quotas(view: CountyView) -> pd.DataFrame:
    """Quotas in hectares of each township and their sum for the county; some reserve less than a tenth."""
    rng = view.stream("quotas")
    people = np.bincount(view.township_of, view.village_people, minlength=len(view.townships))
    total = np.round(people * rng.uniform(0.016, 0.024, len(people)) + 25, 2)
    reserved = np.round(total * np.clip(rng.normal(0.112, 0.012, len(total)), 0.06, 0.16), 2)
    allotted = np.round(total * rng.uniform(0.55, 0.85, len(total)), 2)
    used = np.round(allotted * rng.uniform(0.5, 0.95, len(total)), 2)
    figures = pd.DataFrame(
        {"total_ha": total, "reserved_ha": reserved, "allotted_ha": allotted, "used_ha": used}
    )
    county = figures.sum().round(2).to_frame().T
    rows = pd.concat([county, figures], ignore_index=True)
    rows.insert(0, "township", ["", *view.townships["name"]])
    rows.insert(0, "county", view.name)
    return rows
