package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.StateKinds.Kind;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.agrona.DirectBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An accumulator finishes another's state as it would its own, wherever one is said to hold the other's: to the bit, whatever was taken, taken back and merged. */
class SharedStatesTest {
    private record Pair(Kind holder, Kind held, boolean mutable) {
        TileLayout layout() {
            return holder.layout(mutable);
        }

        boolean isShared() {
            return !holder.equals(held)
                    && holder.column().equals(held.column())
                    && layout().accumulator(0).holdsStateOf(held.layout(mutable).accumulator(0));
        }

        @Override
        public String toString() {
            return held + " in " + holder;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theHoldersStateGivesTheHeldOnesValue(boolean mutable) {
        TreeSet<String> shared = new TreeSet<>();
        for (Pair pair : pairs(mutable)) {
            shared.add(pair.toString());
            TileLayout own = pair.held().layout(mutable);
            Seeds.forEach(25, random -> {
                List<ModelChange> changes = changes(random, mutable);
                long order = random.nextLong();
                TileBuffer held = StateKinds.tile(own, changes, new SplittableRandom(order));
                TileBuffer holder = StateKinds.tile(pair.layout(), changes, new SplittableRandom(order));
                assertThat(finish(own, holder, pair.held()))
                        .as(pair.toString())
                        .isEqualTo(finish(own, held, pair.held()));
            });
        }
        assertThat(shared)
                .contains(
                        "count-real in sum-real",
                        "sum-real in average-real",
                        "average-real in sum-real",
                        "sum-number-by-bucket in average-number-by-bucket",
                        "average-numbers-by-index in sum-numbers-by-index",
                        "count-numbers in max-numbers",
                        "variance-real in kurtosis-real",
                        "skew-number in kurtosis-number")
                .doesNotContain(
                        "kurtosis-real in variance-real",
                        "sum-real in count-real",
                        "count-number-by-bucket in sum-number-by-bucket",
                        "min-real in max-real");
    }

    private static List<Pair> pairs(boolean mutable) {
        List<Kind> kinds = StateKinds.all(OptionalInt.empty());
        return kinds.stream()
                .flatMap(holder -> kinds.stream().map(held -> new Pair(holder, held, mutable)))
                .filter(Pair::isShared)
                .toList();
    }

    private static List<ModelChange> changes(SplittableRandom random, boolean mutable) {
        List<ModelChange> changes = new ArrayList<>();
        int size = random.nextInt(14);
        for (int i = 0; i < size; i++) {
            ModelEvent event = StateKinds.event(random, 8, 2, 3);
            changes.add(ModelChange.take(event));
            if (mutable && random.nextInt(3) == 0) {
                changes.add(ModelChange.takeBack(event));
            }
        }
        return changes;
    }

    /** What the accumulator makes of the first state of a tile, its own or another's. */
    private static OneInput.Finished finish(TileLayout own, TileBuffer tile, Kind kind) {
        DirectBuffer bytes = tile.encoded();
        return OneInput.finish(
                sink -> own.accumulator(0).finish(bytes, 0, TileLayout.HEADER_LENGTH, sink), kind.outputType());
    }
}
