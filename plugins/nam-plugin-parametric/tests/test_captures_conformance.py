"""Captures keep the laws of a dataset: of a table, with moving knobs, of several inputs, between seams."""

from captures_parts import counted, table

from nam_devkit import DatasetConformance


class TestTable(DatasetConformance):
    plugin = "parametric"
    name = "Captures"

    def make_config(self, folder):
        counted(folder, ["a.wav", "b.wav"])
        lines = ["x_path,y_path,gain,mode", "di.wav,a.wav,0,clean", "di.wav,b.wav,10,lead"]
        return {"table": str(table(folder, *lines)), "ny": 100}


class TestWhole(TestTable):
    def make_config(self, folder):
        return {**super().make_config(folder), "ny": None}


class TestSeams(TestTable):
    def make_config(self, folder):
        return {**super().make_config(folder), "segment_samples": 150, "delay": 7}


class TestMotion(TestTable):
    def make_config(self, folder):
        counted(folder, ["a.wav"])
        knobs = table(folder, "seconds,gain", "0,1", "0.5,9", name="knobs.csv")
        files = {"x_path": str(folder / "di.wav"), "y_path": str(folder / "a.wav")}
        return {**files, "knob_data_path": str(knobs), "ny": 100}


class TestNested(TestTable):
    def make_config(self, folder):
        return {**super().make_config(folder), "form": "nested"}


class TestGrouped(TestTable):
    def make_config(self, folder):
        return {**super().make_config(folder), "form": "grouped"}
