package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelAnswer;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What taking events back does: to exact states equal bytes in any order and the model's value; to all that COMPLETE is told from STALE, and null from a value, as
 * the model does.
 */
class TakeBackTest {
    static Stream<Kind> exact() {
        return StateKinds.all(OptionalInt.empty()).stream().filter(Kind::isExact);
    }

    static Stream<Kind> inexact() {
        return StateKinds.all(OptionalInt.empty()).stream().filter(kind -> !kind.isExact());
    }

    @ParameterizedTest
    @MethodSource("inexact")
    void anyOrderIsStaleAndNullWhereTheModelIs(Kind kind) {
        TileLayout layout = kind.layout(true);
        Seeds.forEach(30, random -> {
            List<ModelChange> changes = changes(random);
            OneInput.Finished actual = OneInput.finish(StateKinds.tile(layout, changes, random), kind.outputType());
            ModelAnswer expected = SlowModel.answer(changes, asked(kind));
            assertThat(actual.isStale()).isEqualTo(expected.stale());
            assertThat(actual.value() == null).isEqualTo(expected.value() == null);
        });
    }

    @ParameterizedTest
    @MethodSource("exact")
    void anyOrderGivesTheModelsAnswerAndEqualBytes(Kind kind) {
        TileLayout layout = kind.layout(true);
        Seeds.forEach(40, random -> {
            List<ModelChange> changes = changes(random);
            TileBuffer tile = StateKinds.tile(layout, changes, random);
            assertThat(StateKinds.bytes(StateKinds.tile(layout, changes, random)))
                    .isEqualTo(StateKinds.bytes(tile));
            OneInput.Finished actual = OneInput.finish(tile, kind.outputType());
            assertThat(new ModelAnswer(actual.value(), actual.isStale()))
                    .isEqualTo(SlowModel.answer(changes, asked(kind)));
        });
    }

    private static ModelAggregation asked(Kind kind) {
        ModelAggregation asked = ModelAggregation.of(kind.operation().name(), kind.column())
                .withK(kind.args().k().orElse(0))
                .withPercentiles(kind.args().percentiles())
                .by(kind.bucket());
        return kind.elementWise() ? asked.byElement() : asked;
    }

    /** Some events, some of them taken back, now and then one that was never taken. */
    private static List<ModelChange> changes(SplittableRandom random) {
        List<ModelChange> changes = new ArrayList<>();
        int size = random.nextInt(14);
        for (int i = 0; i < size; i++) {
            ModelEvent event = StateKinds.event(random, 8, 2, 3);
            if (random.nextInt(20) > 0) {
                changes.add(ModelChange.take(event));
            }
            if (random.nextInt(3) == 0) {
                changes.add(ModelChange.takeBack(event));
            }
        }
        return changes;
    }

    @Test
    void whatRanksBelowAFullAnswerDoesNotMakeItStale() {
        OneInput top = new OneInput(Operations.find("top_k").orElseThrow(), Scalar.LONG, OperationArgs.k(2), true);
        TileBuffer tile = top.tile(9L, 7L, 5L, 3L);
        tile.takeBack(top.row(5L), 0);
        assertThat(top.finish(tile)).isEqualTo(new OneInput.Finished(List.of(9L, 7L), false, false));
        tile.takeBack(top.row(7L), 0);
        assertThat(top.finish(tile)).isEqualTo(new OneInput.Finished(List.of(9L, 7L), true, false));
    }

    @Test
    void anAnswerThatIsNotFullIsStaleAfterAny() {
        OneInput top = new OneInput(Operations.find("top_k").orElseThrow(), Scalar.STRING, OperationArgs.k(3), true);
        TileBuffer tile = top.tile("b", "c");
        tile.takeBack(top.row("a"), 0);
        assertThat(top.finish(tile)).isEqualTo(new OneInput.Finished(List.of("c", "b"), true, false));
    }

    @Test
    void noInputLeftIsNullAndLessThanNoneIsStaleToo() {
        for (String operation : List.of("count", "sum", "average", "min", "last", "unique_count")) {
            OneInput subject =
                    new OneInput(Operations.find(operation).orElseThrow(), Scalar.LONG, OperationArgs.NONE, true);
            TileBuffer tile = subject.tile(4L);
            tile.takeBack(subject.row(4L), 0);
            assertThat(subject.finish(tile)).as(operation).isEqualTo(new OneInput.Finished(null, false, false));
            tile.takeBack(subject.row(4L), 0);
            assertThat(subject.finish(tile)).as(operation).isEqualTo(new OneInput.Finished(null, true, false));
        }
    }
}
