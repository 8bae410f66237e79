"""What the performance suite cannot tell is left for the console, which asks a person."""

import json


def test_what_proves_nothing_is_left_as_inconclusive(database, run, tmp_path):
    database.execute("TRUNCATE textloom_core.tasks CASCADE")
    result = tmp_path / "result.json"
    suite = run("pytest", "tests/performance/test_n_plus_one.py", "-q", KNEEBOARD_RESULT=str(result))
    assert suite.returncode == 0 and "1 skipped" in suite.stdout, suite.stdout
    (finding,) = json.loads(result.read_text())["findings"]
    assert finding["verdict"] == "inconclusive"
    assert finding["reason"] == "only 0 tasks, the claim is about 100"
