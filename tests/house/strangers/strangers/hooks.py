"""What the stranger offers, checks, and does at the end of a run."""

from nam_kernel import Dataset, Exporter, Loss, Net, Trainer, hookimpl


@hookimpl
def nam_nets():
    return [
        Net(
            name="Shaper",
            target="strangers.net:Shaper",
            config="strangers.config:ShaperConfig",
            architectures=("Shaper",),
        )
    ]


@hookimpl
def nam_datasets():
    return [Dataset(name="Turned", target="strangers.dataset:Turned", config="strangers.config:TurnedConfig")]


@hookimpl
def nam_losses():
    return [Loss(name="Treble", target="strangers.loss:Treble", config="strangers.config:TrebleConfig", key="treble")]


@hookimpl
def nam_trainers():
    return [Trainer(name="rounds", target="strangers.trainer:Rounds", config="strangers.config:RoundsConfig")]


@hookimpl
def nam_exporters():
    return [
        Exporter(
            name="tape",
            suffix=".tape",
            target="strangers.tape:write",
            refuses="strangers.tape:refuses",
            runner="strangers.tape:runner",
        )
    ]


@hookimpl
def nam_hookspecs():
    return ["strangers.hookspecs"]


@hookimpl
def nam_check(run):
    from nam_kernel import Finding

    treble = float(run.train[0][0].diff().abs().mean())
    if treble > 0.1:
        sentence, remedy = f"the input is shrill ({treble:.2f})", "play with less treble"
        yield Finding("warning", "train", sentence, remedy, kind="shrill", facts={"treble": treble})


@hookimpl
def nam_finished(run, result):
    from nam_kernel import plugins

    words = [call(result=result) for _, call in plugins.current().each("nam_strangers_word")]
    (result.directory / "words.txt").write_text("\n".join(words))
