"""Hidden and closed indices in snapshots, on every engine: what an expression takes is what is shown before."""

from desk import Desk
from test_refusals_engines import told


def test_take_beside_hidden_and_closed_indices(engine, name, tmp_path):
    desk = Desk(engine, name, tmp_path)
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.filled(f"{name}-shut")
    hidden = {f"{name}-hid"} if not engine.typed else set()  # 6 hides none
    for index in hidden:
        engine.create(index, hidden=True)
        engine.create(f"{index}-shut", hidden=True)
        engine.ask("POST", f"/{index}-shut/_close").ok()
    engine.ask("POST", f"/{name}-shut/_close").ok()
    for number, (expression, names, closed) in enumerate([
        (f"{name}-*", {f"{name}-a", *hidden}, {f"{name}-shut", *(f"{one}-shut" for one in hidden)}),
        (f"{name}-*,-{name}-h*", {f"{name}-a"}, {f"{name}-shut"}),
        (f"{name}-*,-.*,-*shut", {f"{name}-a", *hidden}, set()),
    ]):
        ran = desk.run("snapshot", "take", f"t{number}", "--indices", expression)
        assert set(engine.snapshot(name, f"t{number}")["indices"]) == names, expression
        count = "1 index goes" if len(names) == 1 else f"{len(names)} indices go"
        assert f"{name}: note: {count} into it: {', '.join(sorted(names))}\n" in ran.err
        way = "this engine takes none; open an index to take it"
        if not engine.typed:
            all_of_it = ",".join([expression, *sorted(closed)])
            way = f"a pattern takes no closed index, its name does: --indices '{all_of_it}'"
        note = f"{name}: note: left out, since closed: {', '.join(sorted(closed))}; {way}\n"
        assert (note in ran.err) == bool(closed), ran
        assert bool(closed) == ("left out" in ran.err)
        if closed and not engine.typed:
            desk.run("snapshot", "take", f"all{number}", "--indices", all_of_it)
            assert set(engine.snapshot(name, f"all{number}")["indices"]) == names | closed


def test_take_of_a_closed_index_by_name_sends_nothing_on_an_old_engine(engine, name, tmp_path):
    desk, shut = Desk(engine, name, tmp_path), f"{name}-shut"
    engine.repository(name)
    engine.filled(f"{name}-a")
    engine.filled(shut)
    engine.ask("POST", f"/{shut}/_close").ok()
    for number, expression in enumerate([shut, f"{name}-*,{shut}", f"{name}-a,{shut}"]):
        if not engine.typed:
            desk.run("snapshot", "take", f"t{number}", "--indices", expression)
            assert shut in engine.snapshot(name, f"t{number}")["indices"]
            continue
        ran = desk.run("snapshot", "take", f"t{number}", "--indices", expression, code=6)
        assert told(ran) == (
            f"  error: could not start snapshot t{number}\n"
            f"    because:    Elasticsearch 6.8.23 takes no snapshot of a closed index: {shut}\n"
            f"    to do:      open it first (POST /{shut}/_open), or leave it out of --indices together with every alias that points to it\n"
        )
        assert desk.held() == {}
        assert engine.take(name, "engine", expression).error()[:2] == (403, "cluster_block_exception")
    if engine.typed:
        engine.ask("POST", f"/{shut}/_open").ok()
        engine.until(lambda: engine.get(f"/_cluster/health/{shut}")["status"] == "green", "the open index")
        desk.run("snapshot", "take", "opened", "--indices", shut)
        assert engine.snapshot(name, "opened")["indices"] == [shut]


def test_hidden_index_is_listed_and_restored(engine, name, tmp_path):
    desk, hidden = Desk(engine, name, tmp_path), f"{name}-hid"
    engine.repository(name)
    engine.filled(hidden, **({} if engine.typed else {"hidden": True}))
    desk.run("snapshot", "take", "one", "--indices", f"{name}-*")
    (environment,) = desk.json("indices", "list")["environments"]
    (found,) = [one for one in environment["indices"] if one["name"] == hidden]
    assert found["last_good"]["snapshot"] == "one"
    engine.ask("DELETE", f"/{hidden}").ok()
    desk.run("restore", "one", "--indices", f"{name}-*")
    engine.ask("POST", f"/{hidden}/_refresh").ok()
    assert engine.get(f"/{hidden}/_count")["count"] == 20
