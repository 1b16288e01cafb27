package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random histories of a store (events in and out of order, versions, restarts) against lists of events. */
class StoreModelTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long START_MS = 15_000 * DAY_MS;
    private static final int SHARDS = 4;

    @TempDir
    private Path temporary;

    @Test
    void fixedTilesAgreeWithTheModel() {
        Seeds.forEach(6, random -> new History(TestGroupBys.FIXED, random).run(1_500));
    }

    @Test
    void growingTilesAgreeWithTheModel() {
        Seeds.forEach(6, random -> new History(TestGroupBys.GROWING, random).run(1_500));
    }

    /** What the log holds: all that a writer ever does follows from it. */
    private sealed interface Entry {
        record Event(ModelEvent event) implements Entry {}

        record Commit(long version, long batchEndMs) implements Entry {}

        record Activate() implements Entry {}
    }

    /** One output of the plan as the model asks for it. */
    private record Question(
            String operation,
            int k,
            String input,
            String window,
            @Nullable String bucket) {
        static Question of(GroupByPlan.Output output) {
            String name = output.name();
            String bucket = null;
            int by = name.indexOf("_by_");
            if (by >= 0) {
                bucket = name.substring(by + 4);
                name = name.substring(0, by);
            }
            String input = name.substring(0, name.indexOf('_'));
            name = name.substring(input.length() + 1);
            int last = name.lastIndexOf('_');
            String window = last >= 0 && name.substring(last + 1).matches("[0-9]+[hd]") ? name.substring(last + 1) : "";
            String operation = window.isEmpty() ? name : name.substring(0, last);
            if (operation.matches("(last|top)[0-9]+")) {
                int digits = operation.startsWith("last") ? 4 : 3;
                return new Question(
                        operation.substring(0, digits) + "_k",
                        Integer.parseInt(operation.substring(digits)),
                        input,
                        window,
                        bucket);
            }
            return new Question(operation, 0, input, window, bucket);
        }
    }

    private final class History {
        private final ActiveGroupBy groupBy;
        private final SplittableRandom random;
        private final Path directory;
        private final List<Entry> log = new ArrayList<>();
        private final TestRows rows = new TestRows();
        private final List<Question> questions;
        private final Map<String, List<ModelEvent>> sent = new HashMap<>();
        private final Map<String, List<ModelEvent>> live = new HashMap<>();
        private Map<String, List<ModelEvent>> base = new HashMap<>();
        private long batchEndMs;
        private long lateBeforeMs = Long.MIN_VALUE;
        private long version;
        private long nowMs = START_MS;
        private TileStore store;
        private @Nullable TileStoreReader reader;

        History(ActiveGroupBy groupBy, SplittableRandom random) {
            this.groupBy = groupBy;
            this.random = random;
            this.directory = temporary.resolve(groupBy.name() + random.nextLong());
            this.questions = groupBy.plan().outputs().stream().map(Question::of).toList();
            this.store = TileStore.open(directory, 0, SHARDS);
        }

        void run(int steps) throws IOException {
            try {
                take(new Entry.Activate());
                for (int step = 0; step < steps; step++) {
                    step();
                }
                check(200);
            } finally {
                store.close();
            }
        }

        private void step() throws IOException {
            int dice = random.nextInt(1_000);
            if (dice < 950) {
                take(new Entry.Event(randomEvent()));
            } else if (dice < 958) {
                upload();
            } else if (dice < 962) {
                restart();
            } else if (version > 0) {
                check(5);
            }
        }

        private ModelEvent randomEvent() {
            nowMs += random.nextInt(10) == 0 ? random.nextLong(Hop.HOUR.lengthMs() * 4) : random.nextLong(60_000);
            long back = random.nextInt(8) == 0 ? random.nextLong(3 * DAY_MS) : random.nextLong(1_000);
            String user = "user" + Math.min(random.nextInt(30), random.nextInt(30));
            long timeMs = nowMs - back;
            if (lateBeforeMs > Long.MIN_VALUE && random.nextInt(40) == 0) {
                timeMs = random.nextBoolean() ? batchEndMs : lateBeforeMs;
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

        private void upload() throws IOException {
            long end = Hop.DAY.floor(nowMs - random.nextLong(2 * DAY_MS));
            if (end < batchEndMs) {
                return;
            }
            long next = version + 1;
            Map<String, List<ModelEvent>> seen = new HashMap<>();
            sent.forEach((user, events) -> seen.put(
                    user, events.stream().filter(event -> event.timeMs() < end).toList()));
            TestSegments.write(store, groupBy, next, end, SHARDS, seen);
            for (int shard = 0; shard < SHARDS; shard++) {
                store.verifySegment(groupBy.id(), next, shard, end);
            }
            lateBeforeMs = version == 0 ? end : batchEndMs;
            take(new Entry.Commit(next, end));
            version = next;
            batchEndMs = end;
            base = seen;
        }

        private void take(Entry entry) {
            log.add(entry);
            if (entry instanceof Entry.Event event) {
                String user = TestRows.user(event.event());
                sent.computeIfAbsent(user, ignored -> new ArrayList<>()).add(event.event());
                boolean late = event.event().timeMs() < lateBeforeMs;
                if (!late) {
                    live.computeIfAbsent(user, ignored -> new ArrayList<>()).add(event.event());
                }
                assertThat(apply(entry)).isEqualTo(late ? ApplyResult.LATE : ApplyResult.APPLIED);
            } else {
                apply(entry);
            }
            if (random.nextInt(20) == 0) {
                store.publish(log.size(), nowMs);
            }
        }

        private @Nullable ApplyResult apply(Entry entry) {
            if (entry instanceof Entry.Activate) {
                store.activate(new byte[] {1, 2, 3}, List.of(groupBy));
            } else if (entry instanceof Entry.Commit commit) {
                store.commit(groupBy.id(), commit.version(), commit.batchEndMs());
            } else if (entry instanceof Entry.Event event) {
                GroupByStore into = store.groupBy(groupBy.id());
                assertThat(into).isNotNull();
                return TestRows.apply(into, rows, event.event());
            }
            return null;
        }

        /** Another writer replays the log; the reader keeps what the one before had published until that is reached again. */
        private void restart() throws IOException {
            if (version == 0) {
                return;
            }
            store.publish(log.size(), nowMs);
            check(3);
            store.close();
            store = TileStore.open(directory, 0, SHARDS);
            for (int i = 0; i < log.size(); i++) {
                apply(log.get(i));
                if (random.nextInt(50) == 0) {
                    store.publish(i + 1, nowMs);
                }
                if (random.nextInt(100) == 0) {
                    compare(1);
                }
            }
        }

        private void check(int answers) {
            if (version == 0) {
                return;
            }
            store.publish(log.size(), nowMs);
            compare(answers);
        }

        private void compare(int answers) {
            if (reader == null) {
                reader = NoLeaks.reader(directory);
            }
            assertThat(reader.position()).isEqualTo(log.size());
            StoreView view = reader.view();
            assertThat(view.problems()).isEmpty();
            GroupByView groupByView = view.groupBy(groupBy.id());
            assertThat(groupByView).isNotNull();
            assertThat(groupByView.batchEndMs()).hasValue(batchEndMs);
            WindowFold fold = new WindowFold(groupBy.plan());
            KeyReader keys = groupByView.newKeyReader();
            for (int i = 0; i < answers; i++) {
                long q = batchEndMs + random.nextLong(Math.max(1, nowMs + DAY_MS - batchEndMs));
                q = random.nextInt(3) == 0 ? Hop.FIVE_MINUTES.floor(q) : q;
                String user = "user" + random.nextInt(31);
                List<ModelEvent> known = live.getOrDefault(user, List.of());
                if (!known.isEmpty() && random.nextInt(4) == 0) {
                    q = Math.max(
                            batchEndMs, known.get(random.nextInt(known.size())).timeMs());
                }
                compare(keys, fold, user, q);
            }
        }

        private void compare(KeyReader keys, WindowFold fold, String user, long q) {
            KeyEncoder key = rows.key(user);
            ReadResult result;
            if (random.nextBoolean()) {
                result = keys.fold(key.buffer(), 0, key.length(), key.hash(), q, fold);
            } else {
                result = keys.read(key.buffer(), 0, key.length(), key.hash());
                fold.fold(q, batchEndMs, keys.base(), keys.live());
            }
            List<ModelEvent> inBase = base.getOrDefault(user, List.of());
            List<ModelEvent> inLive = live.getOrDefault(user, List.of());
            boolean known = !inBase.isEmpty() || inLive.stream().anyMatch(event -> event.timeMs() >= batchEndMs);
            assertThat(result).as("%s at %d", user, q).isEqualTo(known ? ReadResult.FOUND : ReadResult.NOT_FOUND);
            if (known) {
                long fiveMs = Hop.FIVE_MINUTES.floor(q);
                assertThat(keys.live().holdsFrom(q))
                        .isEqualTo(inLive.stream()
                                .anyMatch(event ->
                                        event.timeMs() >= q && event.timeMs() < fiveMs + Hop.FIVE_MINUTES.lengthMs()));
                compareValues(fold, inBase, inLive, user, q);
            }
        }

        private void compareValues(
                WindowFold fold, List<ModelEvent> inBase, List<ModelEvent> inLive, String user, long q) {
            long head = Hop.FIVE_MINUTES.ceil(q);
            for (int i = 0; i < questions.size(); i++) {
                Question question = questions.get(i);
                long tail = question.window.isEmpty() ? Long.MIN_VALUE : SlowModel.tail(q, question.window);
                List<ModelEvent> covered = new ArrayList<>();
                inBase.stream().filter(event -> event.timeMs() >= tail).forEach(covered::add);
                inLive.stream()
                        .filter(event -> event.timeMs() >= Math.max(tail, batchEndMs) && event.timeMs() < head)
                        .forEach(covered::add);
                Object expected =
                        SlowModel.aggregate(covered, question.operation, question.k, question.input, question.bucket);
                ObjectSink sink =
                        new ObjectSink().next(groupBy.plan().outputs().get(i).type());
                fold.emit(i, sink);
                assertSame(sink.values().get(0), expected, user + " at " + q + " " + question);
            }
        }
    }

    private static void assertSame(@Nullable Object actual, @Nullable Object expected, String what) {
        if (expected instanceof Double number && actual instanceof Double value) {
            assertThat(value).as(what).isCloseTo(number, within(1e-9 * Math.max(1, Math.abs(number))));
        } else if (expected instanceof Map<?, ?> map && actual instanceof Map<?, ?> values) {
            assertThat(List.copyOf(values.keySet())).as(what).isEqualTo(List.copyOf(map.keySet()));
            map.forEach((key, value) -> assertSame(values.get(key), value, what + " " + key));
        } else {
            assertThat(actual).as(what).isEqualTo(expected);
        }
    }
}
