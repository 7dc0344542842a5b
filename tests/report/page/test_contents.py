"""What the pages say of their studies."""

import pytest

from segrepro.report.tables.published import contradictions
from segrepro.workflow.plan.report_settings import study_facts
from tests.report.made_up import MadeUpStudy


@pytest.mark.parametrize("scale", ["demo", "paper"])
def test_real_scans_at_demo_scale_say_nothing_about_the_paper_either(tmp_path, scale):
    study = MadeUpStudy(tmp_path, scale)
    datasets = study_facts(study.plan, "xnet").datasets
    study.write({"datasets": [dataset.model_copy(update={"source": "folder"}) for dataset in datasets]})
    for name in ("index.html", "xnet.html"):
        page = (study.report / name).read_text()
        assert "Phantoms." not in page
        assert ("Demo scale.</strong> These numbers come from narrow" in page) == (scale == "demo")
        assert ("say nothing about the paper;" in page) == (scale == "demo")


def test_a_note_on_the_printed_numbers_is_one_line_unless_there_are_two():
    found = {(item.table, item.note): item.methods for item in contradictions(["chaos_table1.csv"])}
    table, claim = "Results table (unnumbered)", "prose claims a 15% Jaccard increase; the table gives +10.1% relative"
    assert [note.startswith(claim) for _, note in found].count(True) == 1
    assert found[table, "the text of the paper at hand splits this cell into the header row"] == ["SE-U-Net"]


def test_a_study_says_what_its_papers_own_protocol_is_or_that_there_is_none(tmp_path, synthesis_report):
    study = MadeUpStudy(tmp_path)
    card = study.predictions[0].with_name("model.json")
    card.write_text(card.read_text().replace('"protocol": "clean"', '"protocol": "published"'))
    study.write({"published_protocol": "the last weights are scored."})
    page, other = (path.read_text() for path in (study.report / "xnet.html", synthesis_report / "pseudo_dwi.html"))
    assert "published: the last weights are scored." in page
    assert "no other protocol" not in page
    assert "The paper has no other protocol" in other
