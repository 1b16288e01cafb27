package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What one GroupBy must answer, from lists of what happened: every event there ever was, or every mutation of a table's rows, whatever the store has dropped
 * meanwhile.
 */
final class GroupByModel {
    /** One upload, and the events it saw, or the rows that were in the table. */
    record Base(long version, long endMs, Map<String, List<ModelEvent>> events) {}

    /** One output of the plan as the model asks for it. */
    private record Question(ModelAggregation asked, String window) {
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
            int k = 0;
            if (operation.matches("(last|top)[0-9]+")) {
                int digits = operation.startsWith("last") ? 4 : 3;
                k = Integer.parseInt(operation.substring(digits));
                operation = operation.substring(0, digits) + "_k";
            }
            return new Question(ModelAggregation.of(operation, input).withK(k).by(bucket), window);
        }
    }

    private final ActiveGroupBy groupBy;
    private final boolean takesEvents;
    private final List<Question> questions;
    private final boolean mutable;
    private final Map<String, List<ModelMutation>> sent = new HashMap<>();
    private final Map<String, List<ModelMutation>> live = new HashMap<>();
    private final TestRows rows = new TestRows();
    private long keptFromMs = Long.MIN_VALUE;
    private @Nullable Base current;
    private @Nullable Base former;

    GroupByModel(ActiveGroupBy groupBy) {
        this.groupBy = groupBy;
        this.takesEvents = groupBy.plan().accuracy() == Accuracy.TEMPORAL;
        this.mutable = groupBy.plan().isMutable();
        this.questions = groupBy.plan().outputs().stream().map(Question::of).toList();
    }

    ActiveGroupBy groupBy() {
        return groupBy;
    }

    /** True if events go to the store, too: to the batch they go always. */
    boolean takesEvents() {
        return takesEvents;
    }

    @Nullable Base current() {
        return current;
    }

    @Nullable Base former() {
        return former;
    }

    /** The least batch end that a version may have. */
    long keptFromMs() {
        return keptFromMs;
    }

    ApplyResult take(ModelMutation mutation) {
        sent.computeIfAbsent(mutation.user(), ignored -> new ArrayList<>()).add(mutation);
        if (mutation.atMs() < keptFromMs) {
            return ApplyResult.LATE;
        }
        live.computeIfAbsent(mutation.user(), ignored -> new ArrayList<>()).add(mutation);
        return ApplyResult.APPLIED;
    }

    /** An event, or row of the table, of a key; null if the key has none. */
    @Nullable ModelEvent anyEvent(String user, SplittableRandom random) {
        List<ModelEvent> known = table(user, Long.MAX_VALUE);
        return known.isEmpty() ? null : known.get(random.nextInt(known.size()));
    }

    /** When something happened to a key, or a row's own time; null if nothing did. */
    @Nullable Long anyMoment(String user, SplittableRandom random) {
        List<ModelMutation> known = sent.getOrDefault(user, List.of());
        if (known.isEmpty()) {
            return null;
        }
        ModelMutation any = known.get(random.nextInt(known.size()));
        return random.nextBoolean() ? any.atMs() : any.changes().get(0).event().timeMs();
    }

    /** A change of a row that the key's table has, or a new row; no row is changed before it came. */
    ModelMutation mutation(ModelEvent row, long atMs, SplittableRandom random) {
        ModelEvent known = random.nextInt(3) == 0 ? null : anyEvent(TestRows.user(row), random);
        if (known == null) {
            return new ModelMutation(null, row, atMs);
        }
        long sinceMs = sent.getOrDefault(TestRows.user(row), List.of()).stream()
                .filter(mutation -> known.equals(mutation.after()))
                .mapToLong(ModelMutation::atMs)
                .max()
                .orElseThrow();
        return new ModelMutation(known, random.nextInt(3) == 0 ? null : row, Math.max(atMs, sinceMs));
    }

    /** Events of a key, or rows of its table, as of a moment. */
    private List<ModelEvent> table(String user, long endMs) {
        List<ModelEvent> rows = new ArrayList<>();
        for (ModelMutation mutation : sent.getOrDefault(user, List.of())) {
            if (mutation.atMs() < endMs) {
                for (ModelChange change : mutation.changes()) {
                    if (change.takenBack()) {
                        rows.remove(change.event());
                    } else {
                        rows.add(change.event());
                    }
                }
            }
        }
        return rows;
    }

    /** What a batch run for this end would see now. */
    Base upload(long version, long endMs) {
        Map<String, List<ModelEvent>> seen = new HashMap<>();
        sent.keySet().forEach(user -> seen.put(user, table(user, endMs)));
        return new Base(version, endMs, seen);
    }

    void commit(Base base) {
        Base before = current;
        former = before;
        current = base;
        keptFromMs = before == null ? base.endMs : Math.min(before.endMs, base.endMs);
    }

    void rollback() {
        current = former;
        former = null;
        if (current != null) {
            keptFromMs = current.endMs;
        }
    }

    /** Asks a view for a key and compares with what it must say while {@code base} is current. */
    void compare(GroupByView view, Base base, String user, long q, boolean folding) {
        assertThat(view.version()).hasValue(base.version);
        assertThat(view.batchEndMs()).hasValue(base.endMs);
        WindowFold fold = new WindowFold(groupBy.plan());
        KeyReader keys = view.newKeyReader();
        KeyEncoder key = rows.key(user);
        ReadResult result;
        if (folding) {
            long[] hashes = {key.hash(), ~key.hash()};
            LinesAhead lines = new LinesAhead();
            for (LookAhead step : LookAhead.values()) {
                keys.lookAhead(step, hashes, 0, 2, fold.reachMs(q), lines);
                lines.touch();
            }
            keys.bringNear(hashes, 0, 2);
            result = keys.fold(key.buffer(), 0, key.length(), key.hash(), q, fold);
        } else {
            keys.bringHeadsNear(new long[] {key.hash(), ~key.hash()}, 0, 2);
            result = keys.read(key.buffer(), 0, key.length(), key.hash(), q);
            fold.fold(q, base.endMs, keys.base(), keys.live());
        }
        List<ModelEvent> inBase = base.events.getOrDefault(user, List.of());
        List<ModelMutation> inLive = takesEvents
                ? live.getOrDefault(user, List.of()).stream()
                        .filter(one ->
                                one.atMs() >= base.endMs && (!mutable || Hop.DAY.floor(one.atMs()) <= Hop.DAY.floor(q)))
                        .toList()
                : List.of();
        boolean known = !inBase.isEmpty() || !inLive.isEmpty();
        String what = groupBy.name() + " version " + base.version + " of " + user + " at " + q;
        assertThat(result).as(what).isEqualTo(known ? ReadResult.FOUND : ReadResult.NOT_FOUND);
        if (known) {
            long headMs = Hop.FIVE_MINUTES.ceil(q);
            assertThat(keys.holdsFrom(q)).as(what).isEqualTo(holdsFrom(inBase, inLive, q, headMs));
            compareValues(
                    fold,
                    inBase,
                    inLive.stream().flatMap(one -> one.changes().stream()).toList(),
                    q,
                    headMs,
                    what);
        }
    }

    private boolean holdsFrom(List<ModelEvent> inBase, List<ModelMutation> inLive, long q, long headMs) {
        boolean inHead = inLive.stream()
                .flatMap(one -> one.changes().stream())
                .anyMatch(
                        change -> change.event().timeMs() >= q && change.event().timeMs() < headMs);
        if (!mutable) {
            return inHead;
        }
        return inHead
                || inLive.stream().anyMatch(one -> one.atMs() >= q)
                || inBase.stream().anyMatch(row -> row.timeMs() >= q && row.timeMs() < headMs);
    }

    private void compareValues(
            WindowFold fold, List<ModelEvent> inBase, List<ModelChange> inLive, long q, long headMs, String what) {
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            long tail = question.window.isEmpty() ? Long.MIN_VALUE : SlowModel.tail(q, question.window);
            List<ModelChange> covered = new ArrayList<>();
            long head = mutable && question.window.isEmpty() ? Long.MAX_VALUE : headMs;
            inBase.stream()
                    .filter(event -> event.timeMs() >= tail && event.timeMs() < head)
                    .forEach(event -> covered.add(ModelChange.take(event)));
            inLive.stream()
                    .filter(change ->
                            change.event().timeMs() >= tail && change.event().timeMs() < head)
                    .forEach(covered::add);
            ObjectSink sink =
                    new ObjectSink().next(groupBy.plan().outputs().get(i).type());
            fold.emit(i, sink);
            assertSame(
                    sink.values().get(0),
                    SlowModel.answer(covered, question.asked).value(),
                    what + " " + question);
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
