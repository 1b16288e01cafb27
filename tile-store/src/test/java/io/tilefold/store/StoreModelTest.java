package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of a store against lists of events: events in and out of order and taken back, uploads committed for one GroupBy or several at
 * one instant, rollbacks, versions that change places, expiry, snapshots, restarts from one or from nothing. Which GroupBys, how many shards and keys is drawn, too.
 */
class StoreModelTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long START_MS = 15_000 * DAY_MS;
    private static final List<ActiveGroupBy> POOL = List.of(
            TestGroupBys.FIXED,
            TestGroupBys.GROWING,
            TestGroupBys.SHORT,
            TestGroupBys.HOURS,
            TestGroupBys.MUTABLE,
            TestGroupBys.SNAPSHOT);

    @TempDir
    private Path temporary;

    @Test
    void fixedTilesAgreeWithTheModel() {
        Seeds.forEach(3, random -> new History(List.of(TestGroupBys.FIXED), random).run(2_000));
    }

    @Test
    void growingTilesAgreeWithTheModel() {
        Seeds.forEach(3, random -> new History(List.of(TestGroupBys.GROWING), random).run(1_500));
    }

    @Test
    void takeBacksAgreeWithTheModel() {
        Seeds.forEach(2, random -> new History(List.of(TestGroupBys.MUTABLE), random).run(1_500));
    }

    @Test
    void groupBysCommittedTogetherAgreeWithTheModel() {
        Seeds.forEach(6, random -> {
            List<ActiveGroupBy> chosen = new ArrayList<>(POOL);
            while (chosen.size() > 3) {
                chosen.remove(random.nextInt(chosen.size()));
            }
            new History(chosen, random).run(1_000);
        });
    }

    /** What the log holds: all that a writer ever does follows from it. */
    private sealed interface Entry {
        record Change(int groupBy, ModelMutation change, ApplyResult result) implements Entry {}

        record Commit(int groupBy, long version, long batchEndMs) implements Entry {}

        record Rollback(int groupBy) implements Entry {}

        record Activate() implements Entry {}
    }

    private final class History {
        private final List<GroupByModel> models;
        private final SplittableRandom random;
        private final Path directory;
        private final int shards;
        private final int users;
        private final int usersLeavingPerDay;
        private final List<Entry> log = new ArrayList<>();
        private final TestRows rows = new TestRows();
        private final EventsAhead ahead = new EventsAhead(0);
        private long versions;
        private long nowMs = START_MS;
        private TileStore store;
        private @Nullable TileStoreReader reader;

        History(List<ActiveGroupBy> groupBys, SplittableRandom random) {
            this.models = groupBys.stream().map(GroupByModel::new).toList();
            this.random = random;
            this.directory = temporary.resolve("store" + random.nextLong());
            this.shards = 1 << random.nextInt(3);
            this.users = random.nextBoolean() ? 30 : 400;
            this.usersLeavingPerDay = random.nextBoolean() ? 0 : users / 4;
            this.store = TileStore.open(directory, 0, shards);
        }

        void run(int steps) throws IOException {
            try {
                take(new Entry.Activate());
                for (int step = 0; step < steps; step++) {
                    step();
                }
                check(100);
            } finally {
                store.close();
            }
        }

        private void step() throws IOException {
            int dice = random.nextInt(1_000);
            if (dice < 945) {
                change();
            } else if (dice < 960) {
                changeVersions();
            } else if (dice < 964) {
                restart();
            } else if (dice < 970) {
                store.snapshot(log.size());
            } else {
                check(4);
            }
        }

        private String randomUser() {
            long gone = (nowMs - START_MS) / DAY_MS * usersLeavingPerDay;
            return "user" + (gone + Math.min(random.nextInt(users), random.nextInt(users)));
        }

        private void change() {
            nowMs += random.nextInt(10) == 0 ? random.nextLong(Hop.HOUR.lengthMs() * 4) : random.nextLong(60_000);
            ModelEvent event = randomEvent(randomUser());
            for (int i = 0; i < models.size(); i++) {
                GroupByModel model = models.get(i);
                ModelMutation change = model.groupBy().plan().isMutable()
                        ? model.mutation(withAnyTime(event), event.timeMs(), random)
                        : ModelMutation.event(event);
                ApplyResult result = model.take(change);
                if (model.takesEvents()) {
                    take(new Entry.Change(i, change, result));
                }
            }
        }

        /** A row of a table at its own time: of long ago, of a time to come, or none. */
        private ModelEvent withAnyTime(ModelEvent event) {
            int dice = random.nextInt(10);
            long timeMs = event.timeMs();
            if (dice == 0) {
                timeMs = GroupByStore.NO_TIME;
            } else if (dice < 4) {
                timeMs += random.nextLong(-4 * DAY_MS, 2 * DAY_MS);
            }
            return new ModelEvent(timeMs, event.columns());
        }

        private ModelEvent randomEvent(String user) {
            long back = random.nextInt(8) == 0 ? random.nextLong(3 * DAY_MS) : random.nextLong(1_000);
            long timeMs = nowMs - back;
            GroupByModel any = models.get(random.nextInt(models.size()));
            if (any.current() != null && random.nextInt(30) == 0) {
                timeMs = random.nextBoolean() ? any.current().endMs() : any.keptFromMs();
                timeMs -= random.nextInt(2);
            } else if (random.nextInt(4) == 0) {
                timeMs = Hop.FIVE_MINUTES.floor(timeMs);
            }
            return TestRows.event(
                    user,
                    timeMs,
                    random.nextInt(10) == 0 ? null : random.nextLong(-50, 50),
                    random.nextInt(10) == 0 ? null : random.nextInt(1_000) / 8.0,
                    random.nextInt(10) == 0 ? null : "m".repeat(1 + random.nextInt(20)) + random.nextInt(60));
        }

        /** Gives some GroupBys other versions, all at one instant; a view taken before goes on showing the ones it has. */
        private void changeVersions() throws IOException {
            check(0);
            StoreView before = reader == null ? null : reader.view();
            List<GroupByModel.@Nullable Base> bases = new ArrayList<>();
            models.forEach(model -> bases.add(model.current()));
            for (int i = 0; i < models.size(); i++) {
                if (random.nextInt(3) > 0 || versions == 0) {
                    changeVersion(i);
                }
            }
            if (before != null && reader != null) {
                assertThat(reader.view()).isSameAs(before);
            }
            if (models.stream().allMatch(model -> model.current() == null)) {
                return;
            }
            store.publish(log.size(), nowMs);
            if (before != null) {
                compare(before, bases, 4);
            }
            check(4);
        }

        private void changeVersion(int i) throws IOException {
            GroupByModel model = models.get(i);
            GroupByModel.Base former = model.former();
            int dice = random.nextInt(8);
            if (dice < 2) {
                rollback(i);
            } else if (dice == 2 && former != null) {
                model.commit(former);
                take(new Entry.Commit(i, former.version(), former.endMs()));
            } else {
                long end = Hop.DAY.floor(nowMs - random.nextLong(3 * DAY_MS));
                if (end < model.keptFromMs()) {
                    assertThatThrownBy(() -> store.commit(model.groupBy().id(), versions + 1, end))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("live keeps events from");
                    return;
                }
                GroupByModel.Base base = model.upload(++versions, end);
                TestSegments.write(store, model.groupBy(), base.version(), end, shards, base.events());
                for (int shard = 0; shard < shards; shard++) {
                    store.verifySegment(model.groupBy().id(), base.version(), shard, end);
                }
                model.commit(base);
                take(new Entry.Commit(i, base.version(), end));
            }
        }

        private void rollback(int i) {
            GroupByModel model = models.get(i);
            if (model.former() != null) {
                model.rollback();
                take(new Entry.Rollback(i));
                return;
            }
            assertThatThrownBy(() -> store.rollback(model.groupBy().id()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no former version");
        }

        private void take(Entry entry) {
            log.add(entry);
            apply(log.size());
            if (entry instanceof Entry.Change && random.nextInt(20) == 0) {
                store.publish(log.size(), nowMs);
            }
        }

        /** Applies the entry that ends at a position. */
        private void apply(int position) {
            store.applying(position);
            Entry entry = log.get(position - 1);
            if (entry instanceof Entry.Activate) {
                store.activate(new byte[] {1, 2, 3}, groupBys());
            } else if (entry instanceof Entry.Commit commit) {
                store.commit(models.get(commit.groupBy()).groupBy().id(), commit.version(), commit.batchEndMs());
            } else if (entry instanceof Entry.Rollback rollback) {
                store.rollback(models.get(rollback.groupBy()).groupBy().id());
            } else if (entry instanceof Entry.Change change) {
                GroupByStore into = Objects.requireNonNull(
                        store.groupBy(models.get(change.groupBy()).groupBy().id()));
                lookAhead(position);
                assertThat(TestRows.apply(into, rows, change.change())).isEqualTo(change.result());
            }
        }

        /** Looks ahead of a change and those after it, of whatever GroupBy. */
        private void lookAhead(int position) {
            for (Entry entry : log.subList(position - 1, Math.min(log.size(), position + 4))) {
                GroupByStore of = entry instanceof Entry.Change next
                        ? store.groupBy(models.get(next.groupBy()).groupBy().id())
                        : null;
                if (of != null) {
                    ahead.add(
                            of, rows.key(((Entry.Change) entry).change().user()).hash());
                }
            }
            ahead.bringNear();
        }

        /**
         * Another writer begins with the last snapshot, if there is one, or with nothing, and applies the log from there; the reader keeps what
         * the one before had published until that is reached again.
         */
        private void restart() {
            if (versions == 0) {
                return;
            }
            check(3);
            store.close();
            store = TileStore.open(directory, 0, shards);
            int from = random.nextInt(3) == 0
                    ? 0
                    : (int) store.restore(catalog -> groupBys()).orElse(0);
            for (int position = from + 1; position <= log.size(); position++) {
                apply(position);
                if (random.nextInt(50) == 0) {
                    store.publish(position, nowMs);
                }
                if (random.nextInt(100) == 0) {
                    compare(1);
                }
            }
        }

        private List<ActiveGroupBy> groupBys() {
            return models.stream().map(GroupByModel::groupBy).toList();
        }

        private void check(int answers) {
            if (versions > 0) {
                store.publish(log.size(), nowMs);
                compare(answers);
            }
        }

        private void compare(int answers) {
            if (reader == null) {
                reader = NoLeaks.reader(directory);
            }
            assertThat(reader.position()).isEqualTo(log.size());
            List<GroupByModel.@Nullable Base> bases = new ArrayList<>();
            models.forEach(model -> bases.add(model.current()));
            compare(reader.view(), bases, answers);
        }

        private void compare(StoreView view, List<GroupByModel.@Nullable Base> bases, int answers) {
            assertThat(view.problems()).isEmpty();
            for (int i = 0; i < models.size(); i++) {
                GroupByModel model = models.get(i);
                GroupByModel.Base base = bases.get(i);
                GroupByView groupBy =
                        Objects.requireNonNull(view.groupBy(model.groupBy().id()));
                if (base == null) {
                    assertThat(groupBy.version()).isEmpty();
                    continue;
                }
                for (int answer = 0; answer < answers; answer++) {
                    String user = randomUser();
                    model.compare(groupBy, base, user, randomMoment(model, base, user), random.nextBoolean());
                }
            }
        }

        /** Not before the batch end, often on the five-minute grid, when something happened, or while a window's tail passes the batch end; without live, the batch end alone. */
        private long randomMoment(GroupByModel model, GroupByModel.Base base, String user) {
            if (!model.takesEvents()) {
                return base.endMs();
            }
            long q = base.endMs() + random.nextLong(Math.max(1, nowMs + DAY_MS - base.endMs()));
            Long moment = random.nextInt(3) == 0 ? model.anyMoment(user, random) : null;
            if (moment != null && moment >= base.endMs()) {
                return moment + random.nextInt(2);
            }
            Window window = model.groupBy().plan().windows().get(0);
            if (random.nextInt(3) == 0 && !window.isUnbounded()) {
                q = base.endMs() + random.nextLong(2 * window.lengthMs());
            }
            return random.nextInt(3) == 0 ? Hop.FIVE_MINUTES.floor(q) : q;
        }
    }
}
