package io.tilefold.benchmarks.store;

import io.tilefold.core.time.Hop;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.KeyReader;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStore;
import io.tilefold.store.TileStoreReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A writer process and a reader process over the same store, a core each: each alone, then both at once, in turns. The writer applies events to keys in random
 * order and publishes after every 256; the reader reads random keys, each with a base record and live tiles.
 *
 * <pre>
 * benchmarks/bench io.tilefold.benchmarks.store.WriterAndReader KEYS ROUNDS SECONDS
 * </pre>
 */
public final class WriterAndReader {
    private static final int EVENTS_PER_PUBLISH = 256;
    private static final long Q = ApplyBenchmark.LiveEvents.FROM_MS + 2 * Hop.FIVE_MINUTES.lengthMs();

    private WriterAndReader() {}

    public static void main(String[] arguments) throws IOException {
        int keys = Integer.parseInt(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        String seconds = arguments[2];
        StoreData.prepare(keys);
        try (ChildProcess writer = ChildProcess.start(0, Writer.class, arguments[0]);
                ChildProcess reader = ChildProcess.start(1, Reader.class, arguments[0])) {
            together(writer, reader, seconds); // warms up
            System.out.println(
                    "round: events/s alone, together, ratio; reads/s alone, together, ratio; reads not answered");
            for (int round = 1; round <= rounds; round++) {
                double writes = alone(writer, seconds);
                double reads = alone(reader, seconds);
                String[] both = together(writer, reader, seconds);
                double writesBeside = rate(both[0]);
                double readsBeside = rate(both[1]);
                System.out.printf(
                        "%d: %.0f, %.0f, %.3f; %.0f, %.0f, %.3f; %s%n",
                        round,
                        writes,
                        writesBeside,
                        writesBeside / writes,
                        reads,
                        readsBeside,
                        readsBeside / reads,
                        both[1].substring(both[1].indexOf(' ') + 1));
            }
        }
    }

    private static double alone(ChildProcess child, String seconds) {
        child.command(seconds);
        return rate(child.answer());
    }

    private static String[] together(ChildProcess writer, ChildProcess reader, String seconds) {
        writer.command(seconds);
        reader.command(seconds);
        return new String[] {writer.answer(), reader.answer()};
    }

    private static double rate(String answer) {
        return Double.parseDouble(answer.substring(0, answer.indexOf(' ')));
    }

    /** Runs a loop for as many seconds as each line of the standard input says, and answers with steps a second and the loop's own word. */
    private static void serve(Loop loop) throws IOException {
        System.out.println("ready");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            long start = System.nanoTime();
            long end = start + Long.parseLong(line) * 1_000_000_000L;
            long steps = 0;
            while (System.nanoTime() < end) {
                loop.run(EVENTS_PER_PUBLISH);
                steps += EVENTS_PER_PUBLISH;
            }
            System.out.println(steps * 1e9 / (System.nanoTime() - start) + " " + loop.word());
        }
    }

    private interface Loop {
        void run(int steps);

        default String word() {
            return "";
        }
    }

    /** The writer process. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            int keys = Integer.parseInt(arguments[0]);
            try (TileStore store = StoreData.prepare(keys).open()) {
                GroupByStore groupBy = Objects.requireNonNull(store.groupBy(CountsGroupBy.ACTIVE.id()));
                ApplyBenchmark.LiveEvents events = new ApplyBenchmark.LiveEvents();
                events.fill(groupBy, keys);
                UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
                SplittableRandom random = new SplittableRandom(1);
                long[] position = {1};
                store.publish(position[0], 0);
                serve(steps -> {
                    for (int i = 0; i < steps; i++) {
                        events.apply(groupBy, random.nextInt(keys), key);
                    }
                    store.publish(++position[0], 0);
                });
            }
        }
    }

    /** The reader process. */
    static final class Reader implements Loop {
        private final TileStoreReader store;
        private final int keys;
        private final StoreReads reads = new StoreReads();
        private final SplittableRandom random = new SplittableRandom(2);
        private final KeyReader reader;
        private final StoreView view;
        private long unanswered;

        private Reader(TileStoreReader store, int keys) {
            this.store = store;
            this.keys = keys;
            this.view = store.view();
            this.reader = Objects.requireNonNull(view.groupBy(CountsGroupBy.ACTIVE.id()))
                    .newKeyReader();
        }

        public static void main(String[] arguments) throws IOException {
            int keys = Integer.parseInt(arguments[0]);
            try (TileStoreReader store =
                    TileStoreReader.open(StoreData.prepare(keys).directory())) {
                serve(new Reader(store, keys));
            }
        }

        @Override
        public void run(int steps) {
            for (int i = 0; i < steps; i++) {
                if (!store.isCurrent(view) || reads.read(reader, random.nextInt(keys), Q) < 0) {
                    unanswered++;
                }
            }
        }

        @Override
        public String word() {
            return Long.toString(unanswered);
        }
    }
}
