package io.tilefold.core.algebra;

import static io.tilefold.core.algebra.LawTiles.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelAnswer;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The laws of {@link Accumulator}, over every registered operation × every column it takes × plain, by bucket or element-wise × with and without
 * take-backs. An operation is here by being registered; what it needs besides is its definition in the slow model and, if it is not exact, its
 * nearness in {@link LawComparison}.
 */
class LawSuiteTest {
    /** A bounded operation's state, whatever it is fed. */
    private static final int BOUNDED_LENGTH = 16 << 10;

    static Stream<LawSubject> all() {
        return LawSubject.all();
    }

    static Stream<LawSubject> mutable() {
        return all().filter(LawSubject::mutable);
    }

    static Stream<LawSubject> takingBack() {
        return mutable().filter(subject -> subject.operation().takesBack());
    }

    static Stream<LawSubject> bounded() {
        return all().filter(subject -> subject.operation().isBounded()
                && subject.form() == LawSubject.Form.PLAIN
                && subject.column() instanceof Scalar);
    }

    @ParameterizedTest
    @MethodSource("all")
    void anyOrderSplitAndTreeGivesTheModelsAnswer(LawSubject subject) {
        Seeds.forEach(subject.column() instanceof Scalar ? 8 : 5, random -> {
            List<ModelChange> changes = changes(subject, random);
            LawComparison comparison = new LawComparison(subject, changes);
            LawTiles tiles = new LawTiles(subject, random);
            TileBuffer inOrder = tiles.inOrder(changes);
            comparison.check(answer(inOrder, subject));
            TileBuffer anyTree = tiles.anyTree(changes);
            comparison.check(answer(anyTree, subject));
            if (subject.isExact()) {
                assertThat(bytes(anyTree)).isEqualTo(bytes(inOrder));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void theIdentityChangesNothingOnEitherSide(LawSubject subject) {
        Seeds.forEach(3, random -> {
            byte[] state = bytes(new LawTiles(subject, random).anyTree(changes(subject, random)));
            UnsafeBuffer identity = new UnsafeBuffer(bytes(new TileBuffer(subject.layout())));
            TileBuffer right = new TileBuffer(subject.layout()).load(new UnsafeBuffer(state), 0);
            right.merge(identity, 0);
            assertThat(bytes(right)).isEqualTo(state);
            TileBuffer left = new TileBuffer(subject.layout()).load(identity, 0);
            left.merge(new UnsafeBuffer(state), 0);
            assertThat(bytes(left)).isEqualTo(state);
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void mergingIsCommutativeAndAssociative(LawSubject subject) {
        Seeds.forEach(2, random -> {
            LawTiles tiles = new LawTiles(subject, random);
            List<ModelChange> all = new ArrayList<>();
            List<byte[]> states = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                List<ModelChange> changes = changes(subject, random);
                all.addAll(changes);
                states.add(bytes(tiles.inOrder(changes)));
            }
            byte[] left = merged(subject, merged(subject, states.get(0), states.get(1)), states.get(2));
            byte[] right = merged(subject, states.get(0), merged(subject, states.get(1), states.get(2)));
            byte[] swapped = merged(subject, states.get(2), merged(subject, states.get(1), states.get(0)));
            LawComparison comparison = new LawComparison(subject, all);
            for (byte[] state : List.of(left, right, swapped)) {
                comparison.check(answer(new TileBuffer(subject.layout()).load(new UnsafeBuffer(state), 0), subject));
                if (subject.isExact()) {
                    assertThat(state).isEqualTo(left);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsRepeatableGivesEqualBytesInEqualOrderAndGrouping(LawSubject subject) {
        if (!subject.operation().isRepeatable()) {
            assertThat(subject.isExact()).as("what is exact is repeatable").isFalse();
            return;
        }
        Seeds.forEach(3, random -> {
            LawTiles tiles = new LawTiles(subject, random);
            List<ModelChange> some = changes(subject, random);
            List<ModelChange> others = changes(subject, random);
            byte[] once = merged(subject, bytes(tiles.inOrder(some)), bytes(tiles.inOrder(others)));
            byte[] again = merged(subject, bytes(tiles.inOrder(some)), bytes(tiles.inOrder(others)));
            assertThat(again).isEqualTo(once);
        });
    }

    private static byte[] merged(LawSubject subject, byte[] a, byte[] b) {
        TileBuffer tile = new TileBuffer(subject.layout()).load(new UnsafeBuffer(a), 0);
        tile.merge(new UnsafeBuffer(b), 0);
        return bytes(tile);
    }

    @ParameterizedTest
    @MethodSource("all")
    void nullInputsChangeNothingAndNoInputIsNull(LawSubject subject) {
        SplittableRandom random = new SplittableRandom(1);
        LawTiles tiles = new LawTiles(subject, random);
        byte[] empty = bytes(new TileBuffer(subject.layout()));
        ModelEvent nothing = event(null, "b", 5);
        assertThat(bytes(tiles.inOrder(List.of(ModelChange.take(nothing))))).isEqualTo(empty);
        if (subject.mutable()) {
            assertThat(bytes(tiles.inOrder(List.of(ModelChange.takeBack(nothing)))))
                    .isEqualTo(empty);
        }
        assertThat(answer(new TileBuffer(subject.layout()), subject)).isEqualTo(new ModelAnswer(null, false));
    }

    @ParameterizedTest
    @MethodSource("takingBack")
    void whatTakesBackIsAsIfNeverTaken(LawSubject subject) {
        Seeds.forEach(4, random -> {
            List<ModelChange> kept = ModelChange.taking(RandomValues.events(subject.column(), random));
            List<ModelChange> changes = new ArrayList<>(kept);
            for (ModelEvent event : RandomValues.events(subject.column(), random)) {
                changes.add(ModelChange.take(event));
                changes.add(ModelChange.takeBack(event));
            }
            LawTiles tiles = new LawTiles(subject, random);
            TileBuffer anyTree = tiles.anyTree(changes);
            // Compared with the model of all changes: nearness is measured by all inputs applied.
            new LawComparison(subject, changes).check(answer(anyTree, subject));
            if (subject.isExact()) {
                assertThat(bytes(anyTree)).isEqualTo(bytes(tiles.inOrder(kept)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("mutable")
    void moreTakenBackThanTakenIsNullAndStale(LawSubject subject) {
        Seeds.forEach(2, random -> {
            List<ModelChange> changes = new ArrayList<>();
            for (ModelEvent event : RandomValues.events(subject.column(), random)) {
                changes.add(ModelChange.takeBack(event));
            }
            new LawComparison(subject, changes).check(answer(new LawTiles(subject, random).anyTree(changes), subject));
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void onlyStatesMadeForItTakeBack(LawSubject subject) {
        if (!subject.mutable()) {
            ModelEvent event = event(RandomInput.nonNull(subject.column()), "b", 5);
            LawTiles tiles = new LawTiles(subject, new SplittableRandom(1));
            assertThatThrownBy(() -> tiles.inOrder(List.of(ModelChange.takeBack(event))))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("bounded")
    void boundedStatesStayBounded(LawSubject subject) {
        SplittableRandom random = new SplittableRandom(1);
        LawTiles tiles = new LawTiles(subject, random);
        TileBuffer tile = new TileBuffer(subject.layout());
        for (int i = 0; i < 5_000; i++) {
            ModelEvent event = event(RandomInput.distinct((Scalar) subject.column(), i), "b", i);
            tiles.apply(ModelChange.take(event), tile);
            if (subject.mutable() && i % 3 == 0) {
                tiles.apply(ModelChange.takeBack(event), tile);
            }
        }
        assertThat(tile.compactLength()).isLessThanOrEqualTo(BOUNDED_LENGTH);
    }

    private static ModelAnswer answer(TileBuffer tile, LawSubject subject) {
        return LawSink.answer(tile, subject.outputType());
    }

    /** Events taken, and where they may be, some of them taken back. */
    private static List<ModelChange> changes(LawSubject subject, SplittableRandom random) {
        List<ModelChange> changes = new ArrayList<>();
        int oneIn = random.nextInt(1, 12);
        for (ModelEvent event : RandomValues.events(subject.column(), random)) {
            changes.add(ModelChange.take(event));
            if (subject.mutable() && random.nextInt(oneIn) == 0) {
                changes.add(ModelChange.takeBack(event));
            }
        }
        return changes;
    }

    private static ModelEvent event(@Nullable Object input, String bucket, long timeMs) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put(LawSubject.INPUT, input);
        columns.put(LawSubject.BUCKET, bucket);
        return new ModelEvent(timeMs, columns);
    }

    /** Inputs that are not random, or not wholly. */
    private static final class RandomInput {
        private static final Pattern NO_INPUT = Pattern.compile("null|NaN|Infinity|^\\[]$|^\\{}$");

        private RandomInput() {}

        static Object nonNull(ValueType column) {
            SplittableRandom random = new SplittableRandom(7);
            Object value = null;
            while (value == null || NO_INPUT.matcher(value.toString()).find()) {
                value = RandomValues.value(column, random);
            }
            return value;
        }

        static Object distinct(Scalar type, int i) {
            return switch (type) {
                case BOOLEAN -> i % 2 == 0;
                case BYTE -> (long) (byte) i;
                case SHORT, INT, LONG -> (long) i;
                case FLOAT, DOUBLE -> i / 4.0;
                case STRING -> "%05d".formatted(i);
                case BINARY -> "%05d".formatted(i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            };
        }
    }
}
