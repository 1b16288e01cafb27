package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.ShardSet;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store's own files: their bytes against annotated hex in {@code src/test/resources/golden}, and what their readers say to damage and to
 * other formats. A difference to a golden file is a new format version: bump it in the layout class, keep the old file, say in docs/formats
 * what an older reader would get wrong. What the bytes are now stands in {@code target/golden}.
 */
class StoreFormatTest {
    private static final StoreIdentity IDENTITY = new StoreIdentity(1, ShardSet.parse("0-3,9", 16));
    private static final Manifest MANIFEST = new Manifest(
            42,
            1,
            16,
            new byte[] {1, 2, 3},
            List.of(
                    new Manifest.Entry(
                            TestGroupBys.FIXED.id(), "team.füxed", true, false, 3, new Version(7, 86_400_000L), null),
                    new Manifest.Entry(
                            TestGroupBys.SNAPSHOT.id(),
                            "s",
                            false,
                            false,
                            4,
                            new Version(9, 0),
                            new Version(8, -86_400_000L))));

    @TempDir
    private Path root;

    private FaultyFiles files;
    private StoreDirectory directory;

    @BeforeEach
    void begin() throws IOException {
        files = new FaultyFiles(root);
        directory = new StoreDirectory(root, files);
        files.createDirectories(directory.manifests());
    }

    @Test
    void identity() throws IOException {
        IDENTITY.write(files, directory.identity());
        byte[] bytes = files.get(directory.identity());
        assertGolden("identity-v3", bytes, bytes.length);
        assertThat(StoreIdentity.read(files, directory.identity())).isEqualTo(IDENTITY);
        refusesDamage(directory.identity(), bytes, () -> StoreIdentity.read(files, directory.identity()));
        refusesOtherFormats(directory.identity(), bytes, () -> StoreIdentity.read(files, directory.identity()));
    }

    @Test
    void manifest() throws IOException {
        MANIFEST.write(files, directory.manifest(42));
        byte[] bytes = files.get(directory.manifest(42));
        assertGolden("manifest-v1", bytes, bytes.length);
        refusesDamage(directory.manifest(42), bytes, () -> Manifest.read(directory, 42, IDENTITY));
        refusesOtherFormats(directory.manifest(42), bytes, () -> Manifest.read(directory, 42, IDENTITY));
    }

    /** Damage in every byte, cut at every byte, a byte more, and another kind of file in its place. */
    private void refusesDamage(Path file, byte[] good, Runnable reader) {
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] flipped = good.clone();
                flipped[at] ^= (byte) (1 << bit);
                refuses(StoreException.Code.CORRUPT, file, flipped, reader);
            }
            refuses(StoreException.Code.CORRUPT, file, Arrays.copyOf(good, at), reader);
        }
        refuses(StoreException.Code.CORRUPT, file, Arrays.copyOf(good, good.length + 1), reader);
        ByteBuffer other = new DurableFormat("other", Magic.of("TFOTHERS"), Magic.of("TFOTHEND"), 1, 1).begin(8);
        other.putLong(0);
        refuses(
                StoreException.Code.CORRUPT,
                file,
                new DurableFormat("other", 0, Magic.of("TFOTHEND"), 1, 1)
                        .end(other)
                        .array(),
                reader);
    }

    private void refusesOtherFormats(Path file, byte[] good, Runnable reader) {
        int format = ByteBuffer.wrap(good).order(LITTLE_ENDIAN).getInt(Long.BYTES);
        refuses(StoreException.Code.TOO_NEW, file, withFormat(good, format + 1), reader);
        refuses(StoreException.Code.TOO_OLD, file, withFormat(good, format - 1), reader);
    }

    private static byte[] withFormat(byte[] good, int format) {
        ByteBuffer bytes = ByteBuffer.wrap(good.clone()).order(LITTLE_ENDIAN);
        int footer = good.length - DurableFormat.FOOTER_LENGTH;
        bytes.putInt(Long.BYTES, format).putInt(footer, DurableFormat.crc(bytes.putInt(Long.BYTES, format), 0, footer));
        return bytes.array();
    }

    private void refuses(StoreException.Code code, Path file, byte[] content, Runnable reader) {
        files.put(file, content);
        assertThatThrownBy(reader::run)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file + ", offset ")
                .satisfies(e -> assertThat(((StoreException) e).code()).isEqualTo(code));
    }

    @Test
    void controlPage() throws IOException {
        Path file = directory.control();
        ControlPage page = ControlPage.openForWriting(files, file);
        page.publish(3, 41, 1_000);
        page.publish(3, 42, 1_010);
        page.applying(1_020);
        page.position(1_010, 86_400_000);
        page.heartbeat(86_400_001);
        page.unmap();
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes).hasSize(ControlDescriptor.LENGTH);
        assertGolden("control-v2", bytes, 384);
        for (int at = 0; at < ControlDescriptor.slotCrcOffset(2) + Integer.BYTES; at++) {
            boolean saysNothing = at >= ControlDescriptor.PUBLICATION_OFFSET + Long.BYTES
                    && at < ControlDescriptor.generationOffset(2);
            if (!saysNothing) {
                int flipped = at;
                refusesPage(file, page(bytes, copy -> copy[flipped] ^= 1));
            }
        }
        Files.write(file, bytes);
        ControlPage sound = ControlPage.openForReading(files, file);
        assertThat(sound).isNotNull();
        assertThat(sound.publication()).isEqualTo(new ControlPage.Publication(2, 3, 42, 1_010));
        sound.unmap();
    }

    private static byte[] page(byte[] good, Consumer<byte[]> damage) {
        byte[] copy = good.clone();
        damage.accept(copy);
        return copy;
    }

    private void refusesPage(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        assertThatThrownBy(() -> {
                    ControlPage page = ControlPage.openForWriting(files, file);
                    try {
                        page.publication();
                    } finally {
                        page.unmap();
                    }
                })
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file + ", offset ");
    }

    @Test
    void snapshot() throws IOException {
        List<byte[]> blocks = new ArrayList<>();
        try (TileStore store = TileStore.open(root.resolve("s"), 0, 1)) {
            store.activate(new byte[] {1, 2, 3}, List.of(TestGroupBys.COUNT));
            GroupByStore groupBy = java.util.Objects.requireNonNull(store.groupBy(TestGroupBys.COUNT.id()));
            TestRows.apply(groupBy, new TestRows(), TestRows.event("user", 86_400_000L, 1L, 1.0, "m"));
            store.commit(TestGroupBys.COUNT.id(), 7, 86_400_000L);
            store.snapshot(1_010, (block, offset, length) -> {
                byte[] copy = new byte[length];
                block.getBytes(offset, copy);
                blocks.add(copy);
            });
        }
        assertThat(blocks).hasSize(2);
        byte[] bytes = Arrays.copyOf(blocks.get(0), blocks.get(0).length + blocks.get(1).length);
        System.arraycopy(blocks.get(1), 0, bytes, blocks.get(0).length, blocks.get(1).length);
        assertGolden("snapshot-v1", bytes, bytes.length);
    }

    /** No durable file, but what a snapshot's records and other builds' readers are made for. The three files, one behind the other, without lines of zeros. */
    @Test
    void live() throws IOException {
        LiveDirectory live = new LiveDirectory(root.resolve("generation"), LocalFiles.INSTANCE);
        GroupByStore groupBy = new GroupByStore(TestGroupBys.COUNT_BY_HOUR, 1, ShardSet.all(1), live);
        try {
            TestRows rows = new TestRows();
            TestRows.apply(groupBy, rows, TestRows.event("user", 86_400_000L, 1L, 1.0, "m"));
            TestRows.apply(groupBy, rows, TestRows.event("user", 86_400_001L, 1L, 1.0, "m"));
            TestRows.apply(groupBy, rows, TestRows.event("user", 86_800_000L, 1L, 1.0, "m"));
        } finally {
            groupBy.close();
        }
        assertGolden("live-v3", live);
    }

    /** One mutation day of a key: a row before the batch end, and all rows. */
    @Test
    void liveOfMutations() throws IOException {
        LiveDirectory live = new LiveDirectory(root.resolve("generation"), LocalFiles.INSTANCE);
        GroupByStore groupBy = new GroupByStore(TestGroupBys.COUNT_OF_MUTATIONS, 1, ShardSet.all(1), live);
        try {
            TestRows rows = new TestRows();
            ModelEvent row = TestRows.event("user", 86_700_001L, 1L, 1.0, "m");
            TestRows.apply(groupBy, rows, new ModelMutation(null, row, 10 * 86_400_000L + 7));
        } finally {
            groupBy.close();
        }
        assertGolden("live-mutations-v3", live);
    }

    private static void assertGolden(String name, LiveDirectory live) throws IOException {
        assertGolden(
                name,
                Stream.of(live.roots(), live.index(0, 1), live.region(0, 0))
                        .flatMap(file -> lines(read(file), false).stream())
                        .toList());
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertGolden(String name, byte[] actual, int length) throws IOException {
        assertGolden(name, lines(Arrays.copyOf(actual, length), true));
    }

    private static List<String> lines(byte[] actual, boolean zeros) {
        List<String> lines = new ArrayList<>();
        for (int at = 0; at < actual.length; at += 8) {
            byte[] line = Arrays.copyOfRange(actual, at, Math.min(at + 8, actual.length));
            if (zeros || !Arrays.equals(line, new byte[line.length])) {
                lines.add(String.format(
                        Locale.ROOT, "%05x  %s", at, HexFormat.ofDelimiter(" ").formatHex(line)));
            }
        }
        return lines;
    }

    private static void assertGolden(String name, List<String> lines) throws IOException {
        Path now = Files.createDirectories(Path.of("target", "golden")).resolve(name + ".hex");
        Files.write(now, lines);
        assertThat(String.join("\n", lines)).as(name).isEqualTo(golden(name));
    }

    private static String golden(String name) throws IOException {
        try (InputStream file = StoreFormatTest.class.getResourceAsStream("/golden/" + name + ".hex")) {
            String text = file == null ? "" : new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return text.lines()
                    .map(line -> line.replaceFirst("\\s*#.*", ""))
                    .filter(line -> !line.isBlank())
                    .collect(Collectors.joining("\n"));
        }
    }
}
