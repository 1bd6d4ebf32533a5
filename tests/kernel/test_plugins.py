"""Claims about loading: whatever a plugin does, only that plugin is out."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import zoo
from nam_kernel import hookspecs, plugins, register_net
from nam_kernel.errors import ComponentError, PluginError, RegistrationError
from nam_kernel.plugins import manager, registration

pytestmark = pytest.mark.usefixtures("fresh_plugins")


def plugin(name: str) -> plugins.Plugin:
    (chosen,) = [p for p in plugins.current().plugins if p.found.name == name]
    return chosen


@pytest.mark.parametrize("name", zoo.BROKEN)
@pytest.mark.parametrize("as_extension", [False, True], ids=["installed", "extension"])
def test_a_broken_plugin_is_out_with_its_own_cause_in_one_line(
    site: Path, nam_home: Path, name: str, as_extension: bool, caplog: pytest.LogCaptureFixture
) -> None:
    source, reason = zoo.BROKEN[name]
    zoo.install(site, "good", zoo.good("good"))
    if as_extension:
        zoo.extend(nam_home, name, source)
    else:
        zoo.install(site, name, source)
    assert plugin(name).state == "failed"
    assert reason in plugin(name).reason
    told = [r.getMessage() for r in caplog.records if r.levelname == "WARNING" and f"'{name}'" in r.getMessage()]
    assert len(told) == 1
    assert "\n" not in told[0]
    assert plugin("good").state == "loaded"
    assert plugins.current().component("net", "Good")[0] == "nam-plugin-good"


def test_the_reason_names_file_and_line_in_the_extension(nam_home: Path) -> None:
    file = zoo.extend(nam_home, "broken", "x = 1\n\nx.append(2)\n")
    assert plugin("broken").reason.endswith(f"(line 3 of {file})")


def test_a_stale_editable_install_is_out(site: Path) -> None:
    zoo.install(site, "stale", "", module=False)
    assert "No module named 'zoo_stale'" in plugin("stale").reason


def test_a_plugin_of_another_api_is_never_imported(site: Path) -> None:
    zoo.install(site, "future", "raise RuntimeError('ran')", group="nam_kernel.v2")
    assert plugin("future").state == "incompatible"
    assert "zoo_future" not in sys.modules


def test_a_blocked_plugin_is_never_imported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.install(site, "off", "raise RuntimeError('ran')")
    monkeypatch.setenv("NAM_PLUGINS_OFF", "off")
    assert plugin("off").state == "blocked"
    assert "zoo_off" not in sys.modules


def test_a_slow_import_is_named(site: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "SLOW", 0.05)
    zoo.install(site, "slow", "import time\ntime.sleep(0.2)")
    assert plugin("slow").state == "loaded"
    assert re.search(r"'slow' .* took \d+\.\d s to import", caplog.text)


def test_strict_turns_a_failure_into_an_error(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.install(site, "assertion", zoo.BROKEN["assertion"][0])
    monkeypatch.setenv("NAM_STRICT", "1")
    with pytest.raises(PluginError, match="never mind"):
        plugins.current()


def test_two_plugins_with_one_name_are_an_error_only_when_it_is_used(site: Path) -> None:
    zoo.install(site, "one", zoo.good("one", "Twice"))
    zoo.install(site, "two", zoo.good("two", "Twice"))
    assert plugin("one").state == plugin("two").state == "loaded"
    with pytest.raises(ComponentError, match='"nam-plugin-one:Twice" or "nam-plugin-two:Twice"'):
        plugins.current().component("net", "Twice")
    source, record = plugins.current().component("net", "nam-plugin-two:Twice")
    assert (source, record.target) == ("nam-plugin-two", "zoo_two_net:Twice")


def test_an_unknown_name_is_told_with_a_suggestion(site: Path) -> None:
    zoo.install(site, "good", zoo.good("good"))
    with pytest.raises(ComponentError, match="did you mean 'Good'"):
        plugins.current().component("net", "good")


def test_a_name_that_a_failed_plugin_might_offer_is_told_with_its_cause(site: Path) -> None:
    zoo.install(site, "raises", zoo.BROKEN["raises"][0])
    with pytest.raises(PluginError, match="no nets today"):
        plugins.current().component("net", "Quux")


def test_a_heavy_class_that_cannot_be_imported_is_blamed_on_its_plugin(site: Path) -> None:
    zoo.install(site, "good", zoo.good("good"))
    (site / "zoo_good_net.py").write_text("import torch\nimport a_package_that_nobody_has")
    source, record = plugins.current().component("net", "Good")
    with pytest.raises(PluginError, match=r"nam-plugin-good .*'a_package_that_nobody_has'"):
        plugins.current().resolve(record.target, source)


def test_a_plugin_that_resolves_names_is_asked_for_one_that_nobody_offers(site: Path) -> None:
    zoo.install(site, "a_bad", "from nam_kernel import hookimpl\n@hookimpl\ndef nam_resolve(kind, name): raise OSError")
    zoo.install(
        site,
        "b_good",
        """
        from nam_kernel import Net, hookimpl

        @hookimpl
        def nam_resolve(kind, name):
            if kind == "net" and "." in name:
                return Net(name=name, target=name.replace(".", ":", 1))
        """,
    )
    source, record = plugins.current().component("net", "a.B")
    assert (source, record.target) == ("nam-plugin-b_good", "a:B")
    assert plugin("a_bad").state == "failed"
    with pytest.raises((ComponentError, PluginError)):
        plugins.current().component("net", "nodots")


def test_a_hook_that_raises_in_a_run_is_blamed_on_its_plugin(site: Path) -> None:
    zoo.install(site, "editor", "from nam_kernel import hookimpl\n@hookimpl\ndef nam_configure(config): 1 / 0")
    ((title, call),) = [(t, c) for t, c in plugins.current().each("nam_configure") if "editor" in t]
    assert title == "plugin 'editor' (nam-plugin-editor)"
    with pytest.raises(PluginError, match=r"nam-plugin-editor.*nam_configure raised ZeroDivisionError"):
        call(config=None)


def test_a_deprecated_hook_warns_its_author_and_works(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advice = DeprecationWarning("nam_inspect will go; implement nam_check")

    @hookspecs.hookspec(warn_on_impl=advice)
    def nam_inspect(net: object) -> None:
        """Look at a net."""

    monkeypatch.setattr(hookspecs, "nam_inspect", nam_inspect, raising=False)
    zoo.install(site, "older", "from nam_kernel import hookimpl\n@hookimpl\ndef nam_inspect(net): pass")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert plugin("older").state == "loaded"
    (warning,) = [w for w in caught if "nam_inspect will go" in str(w.message)]
    # It points into the plugin's own file, where Python shows it in the author's tests and to nobody else.
    assert warning.filename == str(site / "zoo_older.py")
    assert issubclass(warning.category, DeprecationWarning)


def test_a_legacy_extension_registers_when_it_runs(nam_home: Path) -> None:
    zoo.extend(nam_home, "old", "from nam_kernel import register_net\nregister_net('OldNet', dict)")
    assert plugin("old").state == "loaded"
    _, record = plugins.current().component("net", "OldNet")
    assert record.target is dict


def test_an_extension_shadows_no_module(nam_home: Path) -> None:
    zoo.extend(nam_home, "json", "from nam_kernel import register_net\nregister_net('J', dict)")
    plugins.current()
    import json

    assert json.loads("1") == 1


def test_extensions_may_import_one_another(nam_home: Path) -> None:
    zoo.extend(nam_home, "z_common_part", "VALUE = 7\nfrom nam_kernel import register_net\nregister_net('Z', dict)")
    zoo.extend(nam_home, "a_user_of_it", "import z_common_part\nassert z_common_part.VALUE == 7")
    plugins.current()
    assert plugin("a_user_of_it").state == "loaded"
    assert plugin("z_common_part").state == "loaded"


def test_what_an_extension_defines_can_be_unpickled_in_another_process(nam_home: Path) -> None:
    zoo.extend(
        nam_home, "defines-things", "from nam_kernel import register_net\nclass Thing: pass\nregister_net('T', Thing)"
    )
    thing = plugins.current().component("net", "T")[1].target
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).__class__.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(thing()),
        capture_output=True,
        check=True,  # type: ignore[operator, misc]
    )
    assert done.stdout.decode().strip() == "Thing"


def test_an_extension_package_may_import_itself_by_its_name(nam_home: Path) -> None:
    folder = nam_home / "extensions" / "zoo_choir"
    folder.mkdir(parents=True)
    (folder / "voices.py").write_text("COUNT = 4")
    (folder / "__init__.py").write_text(
        "from nam_kernel import register_net\nfrom zoo_choir.voices import COUNT\nregister_net(f'Choir{COUNT}', dict)"
    )
    assert plugin("zoo_choir").state == "loaded"
    assert "Choir4" in plugins.current().offers("net")


def test_a_taken_name_is_refused_with_its_holder(site: Path) -> None:
    zoo.install(site, "good", zoo.good("good"))
    with pytest.raises(RegistrationError, match="held by nam-plugin-good"):
        register_net("Good", dict)
    register_net("Good", dict, overwrite=True)
    with pytest.raises(RegistrationError, match="held by builtins"):
        register_net("Good", list)
    assert plugins.current().component("net", "Good")[1].target is dict
    assert [record.name for _, record in registration.registered("net")] == ["Good"]


def hook(name: str, body: str, marker: str = "") -> str:
    return f"from nam_kernel import hookimpl\n@hookimpl{marker}\ndef {name}: {body}"


def test_tryfirst_and_trylast_are_honoured_and_equals_keep_the_order_of_plugins(site: Path) -> None:
    for name, marker in (("a", "(trylast=True)"), ("b", ""), ("c", ""), ("d", "(tryfirst=True)")):
        zoo.install(site, name, hook("nam_configure(config)", f"config.append('{name}')", marker))
    called: list[str] = []
    for title, call in plugins.current().each("nam_configure"):
        if "nam-plugin-" in title and title.split("'")[1] in "abcd":
            call(config=called)
    assert called == ["d", "b", "c", "a"]


@pytest.mark.parametrize("marker", ["(wrapper=True)", "(hookwrapper=True)"])
def test_a_wrapper_is_refused_in_words(site: Path, marker: str) -> None:
    zoo.install(site, "wraps", hook("nam_configure(config)", "return (yield)", marker))
    assert plugin("wraps").state == "failed"
    assert "its nam_configure is a wrapper, which nam_kernel does not call" in plugin("wraps").reason


DECLARES = """
from nam_kernel import hookimpl

@hookimpl
def nam_hookspecs():
    return ["zoo_declared"]
"""

DECLARED = """
from nam_kernel import hookspec

@hookspec
def sing_along(verse): ...
"""


def test_a_plugin_declares_a_hook_that_another_implements(site: Path, nam_home: Path) -> None:
    (site / "zoo_declared.py").write_text(DECLARED)
    zoo.install(site, "z_singer", DECLARES)
    zoo.install(site, "a_choir", hook("sing_along(verse)", "return f'{verse}, la'"))
    zoo.extend(nam_home, "b_file", hook("sing_along()", "return 'from a file'"))
    assert plugin("a_choir").state == plugin("z_singer").state == plugin("b_file").state == "loaded"
    assert [call(verse=1) for _, call in plugins.current().each("sing_along")] == ["1, la", "from a file"]


def test_an_implementation_of_a_declared_hook_is_checked(site: Path) -> None:
    (site / "zoo_declared.py").write_text(DECLARED)
    zoo.install(site, "a_choir", hook("sing_along(tune)", "pass"))
    zoo.install(site, "z_singer", DECLARES)
    assert plugin("z_singer").state == "loaded"
    assert plugin("a_choir").state == "failed"
    assert "tune" in plugin("a_choir").reason


def test_the_hook_of_a_missing_plugin_is_an_error_unless_it_is_optional(site: Path) -> None:
    zoo.install(site, "certain", hook("sing_along(verse)", "pass"))
    zoo.install(site, "polite", hook("sing_along(verse)", "pass", "(optionalhook=True)"))
    assert plugin("polite").state == "loaded"
    assert plugin("certain").state == "failed"
    assert "there is no hook sing_along" in plugin("certain").reason
    assert "optionalhook=True" in plugin("certain").reason


@pytest.mark.parametrize(
    ("declares", "reason"),
    [
        ("return 'zoo_declared'", "not a list of modules"),
        ("return ['a_module_that_nobody_has']", "a_module_that_nobody_has"),
        ("return ['json']", "declares no hook"),
        ("raise SystemExit(1)", "SystemExit"),
    ],
)
def test_a_plugin_that_declares_nonsense_is_out(site: Path, declares: str, reason: str) -> None:
    zoo.install(site, "odd", hook("nam_hookspecs()", declares))
    zoo.install(site, "good", zoo.good("good"))
    assert plugin("odd").state == "failed"
    assert reason in plugin("odd").reason
    assert plugin("good").state == "loaded"


def test_a_hook_is_declared_once(site: Path) -> None:
    (site / "zoo_declared.py").write_text(DECLARED)
    (site / "zoo_again.py").write_text(DECLARED)
    zoo.install(site, "first", DECLARES)
    zoo.install(site, "second", DECLARES.replace("zoo_declared", "zoo_again"))
    assert plugin("first").state == "loaded"
    assert "sing_along is declared by plugin 'first'" in plugin("second").reason


def test_what_an_observer_raises_is_told_and_the_next_is_asked(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    zoo.install(site, "a_rude", hook("nam_finished(run)", "raise StopIteration('enough')"))
    zoo.install(site, "b_calm", hook("nam_finished(run)", "return 'calm'"))
    assert "calm" in plugins.current().tell("nam_finished", run=None, result=None)
    assert "plugin 'a_rude' (nam-plugin-a_rude): its nam_finished raised StopIteration: enough" in caplog.text


def test_the_default_is_the_one_that_is_marked(site: Path, alone: None) -> None:
    with pytest.raises(ComponentError, match="'net' is missing, and no plugin offers a net to use by default; there"):
        plugins.current().default("net", "net")
    source, record = plugins.current().default("dataset", "train.type")
    assert (source, record.name) == ("nam-plugin-alone", "noise")


def test_a_registry_belongs_to_its_plugins() -> None:
    register_net("Mine", dict)
    assert plugins.current().component("net", "Mine")[1].target is dict
    plugins.use(None)
    assert "Mine" not in plugins.current().offers("net")


@pytest.mark.parametrize("signature", ["nam_configure(config)", "nam_prepare(run)", "nam_started(run)"])
@pytest.mark.parametrize("answer", ["3", "{'seed': 7}", "[]"])
def test_a_hook_that_edits_what_it_is_given_may_not_return_something(site: Path, signature: str, answer: str) -> None:
    zoo.install(site, "talks", hook(signature, f"return {answer}"))
    name, _, argument = signature.rstrip(")").partition("(")
    [call] = [call for title, call in plugins.current().each(name) if "'talks'" in title]
    with pytest.raises(PluginError) as raised:
        call(**{argument: None})
    assert (
        str(raised.value)
        == f"plugin 'talks' (nam-plugin-talks): its {name} returned {answer}; it has to return nothing"
    )
