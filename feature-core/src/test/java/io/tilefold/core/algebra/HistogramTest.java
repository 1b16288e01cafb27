package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HistogramTest {
    private static final Histogram OPERATION = new Histogram();

    private static OneInput histogram(int k) {
        return new OneInput(OPERATION, Scalar.STRING, OperationArgs.k(k), true);
    }

    @Test
    void showsTheKLargestInTheOrderOfTheirKeys() {
        OneInput subject = histogram(2);
        assertThat(subject.value(subject.tile("c", "a", "b", "c", "b"))).hasToString("{b=2, c=2}");
        assertThat(subject.value(subject.tile("c", "d", "a")))
                .as("smaller keys of equal counts")
                .hasToString("{a=1, c=1}");
        assertThat(subject.value(subject.tile("", "z", "z"))).hasToString("{=1, z=2}");
        assertThat(subject.value(subject.empty())).isNull();
    }

    @Test
    void anyKAgreesWithSorting() {
        Seeds.forEach(200, random -> {
            int k = random.nextInt(12);
            OneInput subject = histogram(k);
            Map<String, Long> counts = new TreeMap<>();
            List<Object> inputs = new ArrayList<>();
            for (int i = random.nextInt(80); i >= 0; i--) {
                String input = "key " + (char) ('a' + (int) Math.abs(random.nextGaussian() * 6));
                inputs.add(input);
                counts.merge(input, 1L, Long::sum);
            }
            Map<String, Long> expected = new TreeMap<>();
            counts.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                    .limit(k == 0 ? Long.MAX_VALUE : k)
                    .forEach(entry -> expected.put(entry.getKey(), entry.getValue()));
            TileBuffer tile = subject.tree(inputs, random);
            assertThat(subject.value(tile)).isEqualTo(new LinkedHashMap<>(expected));
            assertThat(subject.bytes(tile)).isEqualTo(subject.bytes(subject.tile(inputs)));
        });
    }

    @Test
    void takenBackInAnyTileIsAsIfNeverTaken() {
        Seeds.forEach(200, random -> {
            OneInput subject = histogram(0);
            List<Object> inputs = new ArrayList<>();
            List<TileBuffer> tiles = new ArrayList<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                String input = "x".repeat(random.nextInt(10));
                tiles.add(subject.tile(input));
                if (random.nextInt(3) == 0) {
                    TileBuffer takenBack = subject.empty();
                    takenBack.takeBack(subject.row(input), 0);
                    tiles.add(takenBack);
                } else {
                    inputs.add(input);
                }
            }
            Collections.shuffle(tiles, new Random(random.nextLong()));
            TileBuffer all = subject.empty();
            tiles.forEach(all::merge);
            assertThat(subject.bytes(all)).isEqualTo(subject.bytes(subject.tile(inputs)));
            assertThat(subject.finish(all).isStale()).isFalse();
        });
    }

    @Test
    void anEntryBelowZeroIsNotShownAndTheValueIsStale() {
        OneInput subject = histogram(0);
        TileBuffer tile = subject.tile("a", "a", "b");
        tile.takeBack(subject.row("c"), 0);
        assertThat(subject.finish(tile).value()).hasToString("{a=2, b=1}");
        assertThat(subject.finish(tile).isStale()).isTrue();
        tile.update(subject.row("c"), 0);
        assertThat(subject.finish(tile).isStale()).isFalse();
    }

    @Test
    void beyondItsBoundThereIsNoValue() {
        OneInput subject = histogram(1);
        TileBuffer tile = subject.empty();
        String padding = "x".repeat(100_000);
        for (int i = 0; i < 11; i++) {
            tile.update(subject.row(i + padding), 0);
        }
        assertThat(subject.finish(tile)).isEqualTo(new OneInput.Finished(null, false, true));
        TileBuffer other = subject.tile("a");
        other.merge(tile);
        assertThat(subject.bytes(other).length).isEqualTo(tile.layout().fixedEnd());
        assertThat(subject.finish(other).isOverLimit()).isTrue();
    }
}
