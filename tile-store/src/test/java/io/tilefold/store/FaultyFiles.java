package io.tilefold.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Files with malice. Durable ones live in memory, in two states: what the process sees, and what would survive the host's death, that is the
 * contents a sync has reached under the names a directory's sync has reached. Files mapped for writing (live tiles, control page) are real
 * ones, since nothing is promised of them.
 *
 * <p>Each touch of the disk is a step. At one of them the process can be made to die (a write then leaves its first bytes only), the disk to be
 * full from there on, or a read to fail. Confined to one thread.
 */
final class FaultyFiles implements StoreFiles {
    /** The process has died: nothing it does reaches the disk any more. */
    static final class Died extends Error {
        private static final long serialVersionUID = 1;

        Died(long step) {
            super("died at step " + step);
        }
    }

    /** What survives. */
    enum Crash {
        /** The process died: all that it did. */
        PROCESS,
        /** The host died, with nothing that no sync had reached. */
        HOST,
        /** The host died, with any part of what no sync had reached. */
        HOST_AT_RANDOM
    }

    /** A file's content. */
    private static final class Inode {
        byte[] now = {};
        byte[] synced = {};
    }

    private static final Inode DIRECTORY = new Inode();

    private final Path root;
    private final int hostRuns;
    private final Map<Path, Inode> now;
    private final Map<Path, Inode> synced;
    private long steps;
    private long dieAt = Long.MAX_VALUE;
    private long fullAt = Long.MAX_VALUE;
    private long failReadAt = Long.MAX_VALUE;
    private long reads;
    private int tornLength;

    /** @param root of the store; it and what is above it is there */
    FaultyFiles(Path root) {
        this(root, 0, new TreeMap<>(Map.of(root, DIRECTORY)), new TreeMap<>(Map.of(root, DIRECTORY)));
    }

    private FaultyFiles(Path root, int hostRuns, Map<Path, Inode> now, Map<Path, Inode> synced) {
        this.root = root;
        this.hostRuns = hostRuns;
        this.now = now;
        this.synced = synced;
    }

    long steps() {
        return steps;
    }

    long reads() {
        return reads;
    }

    /** The process dies at a step; if that is a write, at most this many of its bytes are written. */
    FaultyFiles dieAt(long step, int torn) {
        dieAt = steps + step;
        tornLength = torn;
        return this;
    }

    /** From a step on no space is left. */
    FaultyFiles fullAt(long step) {
        fullAt = steps + step;
        return this;
    }

    /** One read fails. */
    FaultyFiles failReadAt(long read) {
        failReadAt = reads + read;
        return this;
    }

    /** All is well again. */
    FaultyFiles heal() {
        fullAt = Long.MAX_VALUE;
        failReadAt = Long.MAX_VALUE;
        return this;
    }

    /** What the next process finds. */
    FaultyFiles afterCrash(Crash crash, SplittableRandom random) {
        Map<Path, Inode> names = new TreeMap<>();
        Map<Inode, Inode> copies = new HashMap<>();
        for (Path path : union()) {
            Inode before = synced.get(path);
            Inode after = now.get(path);
            Inode survivor =
                    crash == Crash.PROCESS || (crash == Crash.HOST_AT_RANDOM && random.nextBoolean()) ? after : before;
            boolean reachable = path.equals(root) || names.get(path.getParent()) == DIRECTORY;
            if (survivor != null && reachable) {
                names.put(
                        path,
                        survivor == DIRECTORY
                                ? DIRECTORY
                                : copies.computeIfAbsent(survivor, file -> content(file, crash, random)));
            }
        }
        return new FaultyFiles(root, crash == Crash.PROCESS ? hostRuns : hostRuns + 1, names, new TreeMap<>(names));
    }

    private List<Path> union() {
        Map<Path, Inode> all = new TreeMap<>(synced);
        all.putAll(now);
        return List.copyOf(all.keySet()); // parents come before their children
    }

    private static Inode content(Inode file, Crash crash, SplittableRandom random) {
        Inode survivor = new Inode();
        survivor.now = switch (crash) {
            case PROCESS -> file.now;
            case HOST -> file.synced;
            case HOST_AT_RANDOM -> torn(file, random);
        };
        survivor.synced = survivor.now;
        return survivor;
    }

    /** Some of what was written since the sync, in no order: blocks of it are there or zeros. */
    private static byte[] torn(Inode file, SplittableRandom random) {
        if (Arrays.equals(file.now, file.synced)) {
            return file.now;
        }
        byte[] torn = Arrays.copyOf(file.now, file.now.length - random.nextInt(file.now.length + 1));
        for (int at = file.synced.length; at < torn.length; at += 16) {
            if (random.nextBoolean()) {
                Arrays.fill(torn, at, Math.min(at + 16, torn.length), (byte) 0);
            }
        }
        return torn;
    }

    /** One byte of a durable file, for corruption. */
    void put(Path file, byte[] content) {
        Inode inode = new Inode();
        inode.now = content;
        inode.synced = content;
        now.put(file, inode);
        synced.put(file, inode);
    }

    byte[] get(Path file) throws IOException {
        return find(file).now;
    }

    /** All durable files there are. */
    List<Path> files() {
        return now.keySet().stream().filter(path -> now.get(path) != DIRECTORY).toList();
    }

    private boolean isMapped(Path path) {
        return path.startsWith(root.resolve("live")) || path.equals(root.resolve("control"));
    }

    /** @param takesSpace fails if the disk is full */
    private void step(boolean takesSpace) throws IOException {
        steps++;
        if (steps >= dieAt) {
            throw new Died(steps);
        }
        if (takesSpace && steps >= fullAt) {
            throw new IOException("No space left on device");
        }
    }

    private void read(Path file) throws IOException {
        reads++;
        if (steps >= dieAt) {
            throw new Died(steps);
        }
        if (reads == failReadAt) {
            throw new IOException("Input/output error reading " + file);
        }
    }

    private Inode find(Path file) throws NoSuchFileException {
        Inode inode = now.get(file);
        if (inode == null || inode == DIRECTORY) {
            throw new NoSuchFileException(file.toString());
        }
        return inode;
    }

    private void checkParent(Path path) throws NoSuchFileException {
        if (now.get(path.getParent()) != DIRECTORY) {
            throw new NoSuchFileException(String.valueOf(path.getParent()));
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        if (isMapped(directory)) {
            step(true);
            LocalFiles.INSTANCE.createDirectories(directory);
            return;
        }
        if (!directory.startsWith(root) || now.get(directory) == DIRECTORY) {
            return;
        }
        createDirectories(Objects.requireNonNull(directory.getParent()));
        step(true);
        now.put(directory, DIRECTORY);
        syncDirectory(directory.getParent());
    }

    @Override
    public Output create(Path file) throws IOException {
        step(true);
        if (isMapped(file)) {
            return new MappedOutput(LocalFiles.INSTANCE.create(file));
        }
        checkParent(file);
        Inode inode = now.get(file);
        if (inode == null) {
            inode = new Inode();
            now.put(file, inode);
        } else {
            inode.now = new byte[0];
        }
        return new FaultyOutput(inode);
    }

    @Override
    public Output reopen(Path file, long length) throws IOException {
        step(false);
        Inode inode = find(file);
        inode.now = Arrays.copyOf(inode.now, (int) length);
        return new FaultyOutput(inode);
    }

    private final class FaultyOutput implements Output {
        private final Inode inode;
        private boolean open = true;

        FaultyOutput(Inode inode) {
            this.inode = inode;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            try {
                step(true);
            } catch (IOException | Died e) {
                append(bytes, Math.min(bytes.length, tornLength));
                throw e;
            }
            append(bytes, bytes.length);
            return bytes.length;
        }

        private void append(byte[] bytes, int length) {
            int end = inode.now.length;
            inode.now = Arrays.copyOf(inode.now, end + length);
            System.arraycopy(bytes, 0, inode.now, end, length);
        }

        @Override
        public void sync() throws IOException {
            step(true);
            inode.synced = inode.now;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    /** Of a file that is to be mapped. */
    private final class MappedOutput implements Output {
        private final Output output;

        MappedOutput(Output output) {
            this.output = output;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            step(true);
            return output.write(source);
        }

        @Override
        public void sync() throws IOException {
            output.sync();
        }

        @Override
        public boolean isOpen() {
            return output.isOpen();
        }

        @Override
        public void close() throws IOException {
            output.close();
        }
    }

    @Override
    public ReadableByteChannel open(Path file) throws IOException {
        read(file);
        return Channels.newChannel(new java.io.ByteArrayInputStream(find(file).now));
    }

    @Override
    public long length(Path file) throws IOException {
        read(file);
        return find(file).now.length;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step(true);
        if (isMapped(from)) {
            LocalFiles.INSTANCE.rename(from, to);
            return;
        }
        Inode inode = find(from);
        now.remove(from);
        now.put(to, inode);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        step(true);
        if (now.get(directory) != DIRECTORY) {
            throw new NoSuchFileException(directory.toString());
        }
        synced.keySet().removeIf(path -> directory.equals(path.getParent()));
        now.forEach((path, inode) -> {
            if (directory.equals(path.getParent())) {
                synced.put(path, inode);
            }
        });
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        read(directory);
        if (isMapped(directory)) {
            return LocalFiles.INSTANCE.list(directory);
        }
        List<String> names = new ArrayList<>();
        for (Path path : now.keySet()) {
            if (directory.equals(path.getParent())) {
                names.add(String.valueOf(path.getFileName()));
            }
        }
        return names;
    }

    @Override
    public void remove(Path path) throws IOException {
        if (isMapped(path)) {
            step(false);
            LocalFiles.INSTANCE.remove(path);
            return;
        }
        List<Path> below =
                now.keySet().stream().filter(one -> one.startsWith(path)).toList();
        for (int i = below.size() - 1; i >= 0; i--) {
            step(false);
            now.remove(below.get(i));
        }
    }

    @Override
    public UnsafeBuffer map(Path file, Mappings.Kind kind) throws IOException {
        read(file);
        if (isMapped(file)) {
            return LocalFiles.INSTANCE.map(file, kind);
        }
        return new UnsafeBuffer(find(file).now.clone());
    }

    @Override
    public UnsafeBuffer mapForWriting(Path file, Mappings.Kind kind) throws IOException {
        read(file);
        return LocalFiles.INSTANCE.mapForWriting(file, kind);
    }

    @Override
    public UnsafeBuffer createMapped(Path file, int length, Mappings.Kind kind) throws IOException {
        step(true);
        return LocalFiles.INSTANCE.createMapped(file, length, kind);
    }

    @Override
    public String hostRun() {
        return "host run " + hostRuns;
    }
}
