package io.tilefold.benchmarks.store;

import static java.nio.file.StandardOpenOption.READ;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.store.KeyReader;
import io.tilefold.store.SegmentFile;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStore;
import io.tilefold.store.TileStoreReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.agrona.IoUtil;

/**
 * Installs a version while a reader process reads the one before: written as an upload writes it, synced, verified, committed, published, seen by a reader.
 * Beside it {@code cp} and {@code sync} of the same files, the reader reading on, each with the memory there that it takes. Reads are timed one by one.
 *
 * <pre>
 * benchmarks/bench io.tilefold.benchmarks.store.Install KEYS ROUNDS QUIET_MS
 * </pre>
 *
 * 3.8 million keys are 2 GB. The reader has core 1; {@code taskset -c 0} in front keeps the rest on core 0.
 */
public final class Install {
    private static final long NEXT_VERSION = StoreData.VERSION + 1;
    private static final int CHUNK_LENGTH = 1 << 20;
    private static final DefinitionId ID = CountsGroupBy.ACTIVE.id();

    private Install() {}

    public static void main(String[] arguments) throws Exception {
        int keys = Integer.parseInt(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        int quietMs = Integer.parseInt(arguments[2]);
        List<Path> current = StoreData.prepare(keys).segments();
        List<Path> next = StoreData.prepareNext(keys, NEXT_VERSION);
        ReadBenchmark.load(current);
        ReadBenchmark.load(next);
        long bytes = 0;
        for (Path file : next) {
            bytes += Files.size(file);
        }
        System.out.printf("%d bytes in %d files%n", bytes, next.size());
        System.out.println("round: what, seconds, MB/s; reads: count, p50, p99, p99.9, max ns, not answered");
        Path scratch = StoreData.directory("install", keys);
        for (int round = 0; round <= rounds; round++) { // the first warms up
            round(round, scratch, keys, quietMs, current, next, bytes);
        }
    }

    private static void round(
            int round, Path scratch, int keys, int quietMs, List<Path> current, List<Path> next, long bytes)
            throws Exception {
        IoUtil.delete(scratch.toFile(), true);
        Path directory = scratch.resolve("store");
        try (TileStore store = TileStore.open(directory, 0, StoreData.SHARDS)) {
            for (int shard = 0; shard < StoreData.SHARDS; shard++) {
                Path segment = store.segmentFile(ID, StoreData.VERSION, shard);
                Files.createDirectories(segment.resolveSibling(""));
                Files.createLink(segment, current.get(shard));
            }
            store.activate(new byte[0], List.of(CountsGroupBy.ACTIVE));
            store.commit(ID, StoreData.VERSION, Population.BATCH_END_MS);
            store.publish(0, 0);
            try (ChildProcess reader = ChildProcess.start(1, Reader.class, directory.toString(), "" + keys)) {
                Thread.sleep(quietMs);
                measure(round, "quiet", reader, 0, () -> Thread.sleep(quietMs));
                takeMemory(bytes);
                measure(round, "cp and sync", reader, bytes, () -> copy(next, scratch.resolve("copy")));
                takeMemory(bytes);
                measure(round, "install", reader, bytes, () -> install(store, directory, next));
                measure(round, "after it", reader, 0, () -> Thread.sleep(quietMs));
                reader.command("exit");
            }
        }
        IoUtil.delete(scratch.toFile(), true);
    }

    /** What is timed. */
    private interface Action {
        void run() throws Exception;
    }

    private static void measure(int round, String what, ChildProcess reader, long bytes, Action action)
            throws Exception {
        reader.command("begin");
        reader.answer();
        long start = System.nanoTime();
        action.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        reader.command("end");
        System.out.printf("%d: %s, %.2f, %.0f; %s%n", round, what, seconds, bytes / 1e6 / seconds, reader.answer());
    }

    /**
     * Has the machine hold as much free memory as is written next: another process touches so much and ends. A virtual machine's host takes free memory away, and
     * gives it back at a tenth of the speed at which it can be written.
     */
    private static void takeMemory(long bytes) throws Exception {
        String heap = 16 + bytes / (1 << 20) * 5 / 4 + "m";
        List<String> line = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseTransparentHugePages",
                "-XX:+AlwaysPreTouch",
                "-Xms" + heap,
                "-Xmx" + heap,
                "-Xlog:disable",
                "-version");
        Process process = new ProcessBuilder(ChildProcess.onCore(0, line))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("cannot take " + heap + " of memory");
        }
    }

    private static void copy(List<Path> files, Path to) throws Exception {
        Files.createDirectories(to);
        List<String> names = new ArrayList<>();
        files.forEach(file -> names.add(file.toString()));
        run("cp", names, to.toString());
        List<String> copies = new ArrayList<>();
        files.forEach(file -> copies.add(
                to.resolve(Objects.requireNonNull(file.getFileName())).toString()));
        run("sync", copies, to.toString());
    }

    private static void run(String command, List<String> files, String last) throws Exception {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(files);
        line.add(last);
        if (new ProcessBuilder(ChildProcess.onCore(0, line)).inheritIO().start().waitFor() != 0) {
            throw new IOException(command + " failed");
        }
    }

    private static void install(TileStore store, Path directory, List<Path> files) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_LENGTH);
        long writtenNs = 0;
        long syncedNs = 0;
        long verifiedNs = 0;
        for (int shard = 0; shard < files.size(); shard++) {
            long startNs = System.nanoTime();
            try (FileChannel source = FileChannel.open(files.get(shard), READ);
                    SegmentFile segment = store.newSegment(ID, NEXT_VERSION, shard)) {
                segment.begin(0);
                while (source.read(chunk.clear()) > 0) {
                    segment.write(chunk.flip());
                }
                writtenNs += System.nanoTime() - startNs;
                startNs = System.nanoTime();
                segment.install();
                syncedNs += System.nanoTime() - startNs;
            }
            startNs = System.nanoTime();
            store.verifySegment(ID, NEXT_VERSION, shard, Population.BATCH_END_MS);
            verifiedNs += System.nanoTime() - startNs;
        }
        long startNs = System.nanoTime();
        store.commit(ID, NEXT_VERSION, Population.BATCH_END_MS);
        store.publish(1, 0);
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            if (Objects.requireNonNull(reader.view().groupBy(ID)).version().orElse(0) != NEXT_VERSION) {
                throw new IllegalStateException("not published");
            }
        }
        System.out.printf(
                "written in %.2f s, synced in %.2f, verified in %.2f, committed and seen in %.2f%n",
                writtenNs / 1e9, syncedNs / 1e9, verifiedNs / 1e9, (System.nanoTime() - startNs) / 1e9);
    }

    /** The reader process. */
    static final class Reader {
        private final TileStoreReader store;
        private final int keys;
        private final StoreReads reads = new StoreReads();
        private final SplittableRandom random = new SplittableRandom(2);
        private Histogram times = new Histogram(3);
        private StoreView view;
        private KeyReader reader;
        private long unanswered;

        private Reader(TileStoreReader store, int keys) {
            this.store = store;
            this.keys = keys;
            this.view = store.view();
            this.reader = Objects.requireNonNull(view.groupBy(ID)).newKeyReader();
        }

        public static void main(String[] arguments) throws IOException {
            try (TileStoreReader store = TileStoreReader.open(Path.of(arguments[0]))) {
                new Reader(store, Integer.parseInt(arguments[1])).run();
            }
        }

        /** Reads until told to exit; now and then looks whether a line has come. */
        private void run() throws IOException {
            System.out.println("ready");
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (true) {
                for (int i = 0; i < 10_000; i++) {
                    long start = System.nanoTime();
                    readOne();
                    times.recordValue(System.nanoTime() - start);
                }
                if (System.in.available() > 0 || commands.ready()) {
                    String line = Objects.requireNonNull(commands.readLine());
                    if (line.equals("exit")) {
                        return;
                    }
                    System.out.println(line.equals("begin") ? line : summary());
                    times = new Histogram(3);
                    unanswered = 0;
                }
            }
        }

        private void readOne() {
            if (!store.isCurrent(view)) {
                StoreView before = view;
                view = store.view();
                reader = Objects.requireNonNull(view.groupBy(ID)).newKeyReader();
                before.close();
            }
            if (reads.read(reader, random.nextInt(keys), Population.Q) < 0) {
                unanswered++;
            }
        }

        private String summary() {
            return String.format(
                    "%d, %d, %d, %d, %d, %d",
                    times.getTotalCount(),
                    times.getValueAtPercentile(50),
                    times.getValueAtPercentile(99),
                    times.getValueAtPercentile(99.9),
                    times.getMaxValue(),
                    unanswered);
        }
    }
}
