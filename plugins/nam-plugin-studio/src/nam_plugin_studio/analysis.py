"""What is known of the two recordings of a run: pictures, alignment, levels, what is held out, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nam_kernel import BaseDataset, Finding, make_net
from nam_kernel.errors import NamKernelError
from nam_kernel.files import atomic_write_text, writing_to
from nam_kernel.interfaces import ConcatDataset
from nam_plugin_capture import Analysis, Plan, analyse, make_plan, read_recordings
from nam_plugin_studio.facts import Facts, Role
from nam_plugin_studio.projects import Project
from nam_plugin_studio.waves import close_up, envelope, levels
from nam_plugin_wav import WavConfig, WavDataset, inspect_all, read_audio

FILE = "analysis.json"
FORMAT = 1

Json = dict[str, Any]

_CHECKED_WITH = "tiny"
"""The size whose receptive field the recordings are checked with; what is found is the same for all."""

_CHANNEL = "channel"

_REMEDIES = {
    "exchanged": "swap them",
    "strangers": "check that both are of the same take",
    "unclear": "check that both are of the same take, or state the delay",
    "silent": "check the file, its channel, and whether the track was muted",
}
"""What to do in the studio, by what was found about the delay."""


def analysis(project: Project) -> Json:
    """
    Return what is known of the recordings of a run; found out once.

    ``findings`` are worst first; ``usable`` is False where nothing can be trained, and ``refused`` where it is only a
    guess that nothing should.

    :raises DataError: when one of the two was not given yet
    """
    with project.lock:
        facts = project.facts()
        key = _key(project, facts)
        try:
            kept: Json = json.loads((project.folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            kept = {}
        if kept.get("key") == key:
            return kept
        found = {"key": key, **_found(project, facts)}
        with writing_to(project.folder):
            atomic_write_text(project.folder / FILE, json.dumps(found, allow_nan=False) + "\n")
        return found


def _key(project: Project, facts: Facts) -> list[Any]:
    """Return what the answer depends on."""
    key: list[Any] = [FORMAT, facts.delay]
    roles: tuple[Role, ...] = ("di", "amp")
    for role in roles:
        status = project.recording(role).stat()
        key += [facts.recordings[role].file, facts.recordings[role].channel, status.st_size, status.st_mtime_ns]
    return key


def _found(project: Project, facts: Facts) -> Json:
    di, amp = project.recording("di"), project.recording("amp")
    channels = facts.recordings["di"].channel, facts.recordings["amp"].channel
    waves = {}
    for role, file, channel in (("di", di, channels[0]), ("amp", amp, channels[1])):
        try:
            samples = read_audio(file, channel, key=_CHANNEL).samples
        except NamKernelError as error:
            return _useless(_on_page(_bare(str(error), project)))
        waves[role] = {"peaks": envelope(samples), **levels(samples)}
    try:
        recordings = read_recordings(di, amp, di_channel=channels[0], amplifier_channel=channels[1])
        found = analyse(recordings, delay=facts.delay)
    except NamKernelError as error:
        return _useless(_bare(str(error), project)) | {"waves": waves}
    rate, seconds = recordings.sample_rate, recordings.seconds
    told: Json = {
        "usable": found.delay.kind != "silent",
        "refused": bool(found.refusal),
        "waves": waves,
        # The first two are the levels, which stand beside the pictures; a refused pair has no delay to speak of.
        "rows": [row for row in found.rows()[2:] if not found.refusal or row[0] in ("length", "sample rate")],
        "delay": found.samples,
        "sample_rate": rate,
        "seconds": seconds,
        "findings": [],
    }
    if found.refusal:
        told["findings"] = [_refusal(found)]
    if told["usable"]:
        told |= _planned(project, found)
        told["close_up"] = close_up(recordings.x, recordings.y, found.samples, rate)
    return told


def _planned(project: Project, found: Analysis) -> Json:
    """Return what is held out, and what is found in a pair that is not refused."""
    plan = make_plan(found, size=_CHECKED_WITH, anyway=True)
    findings = [_refusal(found)] if found.refusal else []
    usable, lowest = True, None
    if not found.refusal:
        try:
            checked = _inspected(plan)
        except NamKernelError as error:
            usable, checked = False, []
            findings.append(_finding("error", _bare(str(error), project)))
        usable = usable and not any(finding.severity == "error" for finding in checked)
        findings += [_plain(finding, project) for finding in checked]
        lowest = max((f.facts["lowest_esr"] for f in checked if "lowest_esr" in f.facts), default=None)
    split = plan.split
    return {
        "usable": usable,
        "findings": findings,
        "lowest_esr": lowest,
        "held_out": list(split.validation),
        "left_out": [list(part) for part in split.left_out],
        "split": split.told,
    }


def _inspected(plan: Plan) -> list[Finding]:
    """
    Return what is found in the recordings as they would be trained, the worst first.

    It is what a training says about them before it begins; the rest of its checks is left to it.
    """
    documents = plan.documents()
    nx = int(make_net(**documents.model["net"]).receptive_field)
    common, parts = documents.data["common"], documents.data["train"]
    datasets: list[BaseDataset] = []
    try:
        for part in (*(parts if isinstance(parts, list) else [parts]), documents.data["validation"]):
            datasets.append(WavDataset.init_from_config(WavConfig.model_validate({**common, **part}), nx=nx))
        *train, validation = datasets
        findings = inspect_all(ConcatDataset(train), validation)
    finally:
        for dataset in datasets:
            dataset.teardown()
    order = ("error", "warning", "note", "info")
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _on_page(text: str) -> str:
    """Return a message about channels in the words of the page, which has a list to choose one from."""
    text = text.replace(f"set '{_CHANNEL}': ", "choose channel ")
    return text.replace(f"choose one with '{_CHANNEL}', counted from 1", "choose one above")


def _useless(sentence: str) -> Json:
    return {"usable": False, "refused": False, "findings": [_finding("error", sentence)]}


def _refusal(found: Analysis) -> Json:
    kind, recordings = found.delay.kind, found.recordings
    x, y = recordings.x_path.name, recordings.y_path.name
    sentences = {
        "exchanged": f"{x} and {y} seem to be exchanged: the first one sounds like the amplifier",
        "strangers": f"{x} and {y} do not belong together: nothing that is played in one is found in the other",
        "unclear": f"the delay between {x} and {y} cannot be found: {found.delay.sentence}",
    }
    sentence = sentences.get(kind) or found.refusal.partition(";")[0]
    return _finding("error", sentence, _REMEDIES.get(kind, ""), kind)


def _plain(finding: Finding, project: Project) -> Json:
    where = _bare(finding.where, project)
    about = f"{where}: " if where else ""
    return _finding(
        finding.severity, f"{about}{_bare(finding.sentence, project)}", _bare(finding.remedy, project), finding.kind
    )


def _finding(severity: str, sentence: str, remedy: str = "", kind: str = "") -> Json:
    return {"severity": severity, "sentence": sentence, "remedy": remedy, "kind": kind}


def _bare(text: str, project: Project) -> str:
    """Return a text with the recordings by their names alone, as the page calls them."""
    for folder in _folders(project):
        text = text.replace(f"{folder}/", "").replace(f"{folder}\\", "")
    return text


def _folders(project: Project) -> Iterator[str]:
    roles: tuple[Role, ...] = ("di", "amp")
    yield from (str(project.place(role)) for role in roles)
