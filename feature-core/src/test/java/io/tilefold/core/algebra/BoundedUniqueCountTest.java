package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BoundedUniqueCountTest {
    private static final BoundedUniqueCount OPERATION = new BoundedUniqueCount();

    @Test
    void exactBelowKThenKWithoutKeepingAnything() {
        for (Scalar type : List.of(Scalar.LONG, Scalar.STRING)) {
            for (int k : new int[] {1, 2, 8, 1_000}) {
                OneInput subject = new OneInput(OPERATION, type, OperationArgs.k(k), false);
                TileBuffer tile = subject.empty();
                for (int distinct = 1; distinct <= k + 2; distinct++) {
                    Object input = type == Scalar.LONG ? (Object) (distinct * 7_919L) : "input " + distinct;
                    tile.update(subject.row(input), 0);
                    tile.update(subject.row(input), 0);
                    assertThat(subject.value(tile)).isEqualTo((long) Math.min(distinct, k));
                }
                int fixed = tile.layout().fixedEnd();
                assertThat(tile.compactLength()).isEqualTo(fixed);
            }
        }
    }

    @Test
    void aFunctionOfTheSetOfInputs() {
        Seeds.forEach(200, random -> {
            Scalar type = random.nextBoolean() ? Scalar.LONG : Scalar.STRING;
            OneInput subject = new OneInput(OPERATION, type, OperationArgs.NONE, random.nextBoolean());
            int domain = 1 + random.nextInt(14);
            List<Object> inputs = new ArrayList<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                int input = random.nextInt(domain);
                inputs.add(type == Scalar.LONG ? (Object) (long) (input - 5) : "x".repeat(input));
            }
            byte[] expected = subject.bytes(subject.tile(inputs));
            assertThat(subject.value(subject.tile(inputs))).isEqualTo((long) Math.min(8, new HashSet<>(inputs).size()));
            Collections.shuffle(inputs, new Random(random.nextLong()));
            assertThat(subject.bytes(subject.tree(inputs, random))).isEqualTo(expected);
        });
    }

    @Test
    void anInputLongerThanItsShareOverflowsInAnyOrder() {
        OneInput subject = new OneInput(OPERATION, Scalar.STRING, OperationArgs.k(3), false);
        int share = TileLayout.DEFAULT_BLOB_BOUND / 3 - 16;
        List<Object> inputs = new ArrayList<>(List.of("a", "b", "c", "d", "e".repeat(share + 1)));
        byte[] expected = subject.bytes(subject.tile(inputs));
        Seeds.forEach(30, random -> {
            Collections.shuffle(inputs, new Random(random.nextLong()));
            TileBuffer tile = subject.tree(inputs, random);
            assertThat(subject.bytes(tile)).isEqualTo(expected);
            assertThat(subject.finish(tile)).isEqualTo(new OneInput.Finished(null, false, true));
        });
        TileBuffer longest = subject.tile("f".repeat(share), "g".repeat(share));
        assertThat(subject.value(longest)).isEqualTo(2L);
    }

    @Test
    void staleOnceAnInputWasTakenBack() {
        OneInput subject = new OneInput(OPERATION, Scalar.STRING, OperationArgs.NONE, true);
        TileBuffer tile = subject.tile("a", "b");
        assertThat(subject.finish(tile)).isEqualTo(new OneInput.Finished(2L, false, false));
        tile.takeBack(subject.row("a"), 0);
        assertThat(subject.finish(tile)).isEqualTo(new OneInput.Finished(2L, true, false));
    }

    @Test
    void k() {
        assertThat(OPERATION.problemWith(OperationArgs.NONE)).isEmpty();
        assertThat(OPERATION.problemWith(OperationArgs.k(0)))
                .contains("k is 0: it must be from 1 to 1000, or left out for 8");
        assertThat(OPERATION.problemWith(OperationArgs.k(1_001))).isPresent();
    }
}
