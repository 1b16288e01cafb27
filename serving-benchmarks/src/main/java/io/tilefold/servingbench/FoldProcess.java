package io.tilefold.servingbench;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.ValueSink;
import io.tilefold.store.KeyReader;
import io.tilefold.store.LinesAhead;
import io.tilefold.store.LookAhead;
import io.tilefold.store.ReadResult;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a serving node does between a request and its answer, without the network: rows of random cards, brought near, folded and finished in one thread; and beside it the reads alone, their floor: of as many random
 * cards, the same index slots and lines, found and read, and nothing made of them. Arguments:
 * directory, cards, rows at a time, seconds of a measurement, measurements. Prints READY when there is a store, then a line each.
 */
public final class FoldProcess {
    private static final int KEY_LENGTH_MAX = 32;

    private final int cards;
    private final int rows;
    private final List<Part> parts = new ArrayList<>();
    private final KeyEncoder encoder = new KeyEncoder();
    private final UnsafeBuffer[] keys;
    private final long[] hashes;
    private final SplittableRandom random = new SplittableRandom(7);
    private final LinesAhead lines = new LinesAhead();
    private final LastValue sink = new LastValue();
    private final long nowMs = System.currentTimeMillis();

    private record Part(KeyReader reader, WindowFold fold, int outputs) {}

    /** Keeps one value, so that none is left out. */
    private static final class LastValue implements ValueSink {
        private long last;

        @Override
        public void nullValue() {
            last++;
        }

        @Override
        public void booleanValue(boolean value) {
            last += value ? 1 : 2;
        }

        @Override
        public void longValue(long value) {
            last += value;
        }

        @Override
        public void doubleValue(double value) {
            last += Double.doubleToRawLongBits(value);
        }

        @Override
        public void bytesValue(DirectBuffer buffer, int offset, int length) {
            last += length;
        }

        @Override
        public void listValue(int size) {
            last += size;
        }

        @Override
        public void mapValue(int size) {
            last += size;
        }

        @Override
        public void structValue(int fieldCount) {
            last += fieldCount;
        }
    }

    private FoldProcess(StoreView view, int cards, int rows) {
        this.cards = cards;
        this.rows = rows;
        this.keys = new UnsafeBuffer[rows];
        this.hashes = new long[rows];
        Arrays.setAll(keys, i -> new UnsafeBuffer(new byte[KEY_LENGTH_MAX]));
        for (CompiledGroupBy groupBy : Cards.CATALOG.groupBys()) {
            GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
            KeyReader reader =
                    Objects.requireNonNull(view.groupBy(groupBy.id())).newKeyReader();
            parts.add(new Part(reader, new WindowFold(plan), plan.outputs().size()));
        }
    }

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        int cards = Integer.parseInt(args[1]);
        int rows = Integer.parseInt(args[2]);
        long measuredNs = TimeUnit.SECONDS.toNanos(Integer.parseInt(args[3]));
        try (CardStore store = new CardStore(directory, cards);
                TileStoreReader reader = TileStoreReader.open(directory)) {
            FoldProcess process = new FoldProcess(reader.view(), cards, rows);
            System.out.println("READY");
            for (int i = 0; i < Integer.parseInt(args[4]); i++) {
                process.measure(measuredNs);
            }
            store.publish();
        }
        System.out.println("END");
    }

    private void measure(long measuredNs) {
        double readsNs = timed(measuredNs / 2, keyLength -> bringAllNear());
        double foldNs = timed(measuredNs, this::foldAll);
        System.out.printf(
                Locale.ROOT,
                "FOLD %.0f ns a (card, GroupBy), %.1f ns a row-feature, %.2f times its reads alone: %.0f ns (%x)%n",
                foldNs / parts.size(),
                foldNs / parts.stream().mapToInt(Part::outputs).sum(),
                foldNs / readsNs,
                readsNs / parts.size(),
                sink.last & 0xF);
    }

    /** Nanoseconds a row, of all parts. */
    private double timed(long measuredNs, IntConsumer turn) {
        long startNs = System.nanoTime();
        long done = 0;
        long tookNs = 0;
        while (tookNs < measuredNs) {
            turn.accept(chooseCards());
            done += rows;
            tookNs = System.nanoTime() - startNs;
        }
        return (double) tookNs / done;
    }

    private void bringAllNear() {
        bringNear(parts, 0);
        for (int row = KeyReader.NEAR_KEYS_MAX; row < rows; row += KeyReader.NEAR_KEYS_MAX) {
            for (Part part : parts) {
                bringNear(List.of(part), row);
            }
        }
    }

    private void foldAll(int keyLength) {
        bringNear(parts, 0); // as a serving node does
        for (Part part : parts) {
            read(part, keyLength);
        }
    }

    private void bringNear(List<Part> together, int row) {
        bringNear(LookAhead.SLOTS, together, row);
        bringNear(LookAhead.RECORDS, together, row);
    }

    private void bringNear(LookAhead step, List<Part> together, int row) {
        for (Part part : together) {
            part.reader().lookAhead(step, hashes, row, rows, part.fold().reachMs(nowMs), lines);
        }
        lines.touch();
    }

    /** Returns the keys' length. */
    private int chooseCards() {
        for (int row = 0; row < rows; row++) {
            encoder.reset().putLong(Cards.card(random.nextInt(cards)));
            keys[row].putBytes(0, encoder.buffer(), 0, encoder.length());
            hashes[row] = encoder.hash();
        }
        return encoder.length();
    }

    private void read(Part part, int keyLength) {
        for (int row = 0; row < rows; row++) {
            if (row > 0 && row % KeyReader.NEAR_KEYS_MAX == 0) {
                bringNear(List.of(part), row);
            }
            ReadResult result = part.reader().fold(keys[row], 0, keyLength, hashes[row], nowMs, part.fold());
            if (result != ReadResult.FOUND) {
                throw new IllegalStateException("a card is " + result);
            }
            for (int output = 0; output < part.outputs(); output++) {
                part.fold().emit(output, sink);
            }
        }
    }
}
