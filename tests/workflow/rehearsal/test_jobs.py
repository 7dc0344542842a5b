"""The workflow's jobs as a rehearsal runs them: measured, killed on purpose, and one line when they fail."""

import pytest

from segrepro.utils.errors import SegreproError
from segrepro.workflow.rehearsal.jobs import Job, Jobs, require_done


def test_a_job_that_fails_says_why(tmp_path):
    job = Jobs(tmp_path).run("split_folds", settings="{}", cases=tmp_path / "no.csv", output=tmp_path / "out.csv")
    assert job.code == 2
    assert job.peak_mb > 5
    assert (tmp_path / "logs" / "split_folds.log").read_text() == job.said
    with pytest.raises(SegreproError) as caught:
        require_done(job, "folds")
    assert caught.value.where == "folds"


def test_a_job_is_killed_as_soon_as_a_file_is_there(tmp_path):
    (tmp_path / "there").touch()
    job = Jobs(tmp_path).run("split_folds", until=tmp_path / "there", settings="{}", cases="a", output="b")
    assert (job.killed, job.code) == (True, -9)


def test_a_job_that_ended_well_is_handed_on():
    job = Job(1.0, 10, 0, "done")
    assert require_done(job, "folds") is job
