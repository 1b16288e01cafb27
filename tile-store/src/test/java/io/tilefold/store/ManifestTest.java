package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
    private static final Manifest MANIFEST = new Manifest(
            42,
            1,
            16,
            new byte[] {1, 2, 3},
            List.of(
                    new Manifest.Entry(
                            TestGroupBys.FIXED.id(), "team.füxed", true, 3, new Version(7, 86_400_000L), null),
                    new Manifest.Entry(
                            TestGroupBys.GROWING.id(),
                            "growing",
                            false,
                            4,
                            new Version(9, -86_400_000L),
                            new Version(8, 0)),
                    new Manifest.Entry(TestGroupBys.SNAPSHOT.id(), "", true, 5, null, null)));

    @TempDir
    private Path directory;

    @Test
    void isReadAsItWasWritten() {
        Path file = directory.resolve("manifest").resolve("000000000042");
        MANIFEST.write(file);
        Manifest read = Objects.requireNonNull(Manifest.read(file));
        assertThat(read.number()).isEqualTo(42);
        assertThat(read.shardGroup()).isEqualTo(1);
        assertThat(read.shardCount()).isEqualTo(16);
        assertThat(read.catalog()).containsExactly(1, 2, 3);
        assertThat(read.groupBys()).isEqualTo(MANIFEST.groupBys());
        assertThat(file.resolveSibling("000000000042.part")).doesNotExist();
        assertThat(Manifest.read(directory.resolve("absent"))).isNull();
    }

    @Test
    void everyFlippedByteAndEveryTruncationIsNoticed() throws IOException {
        Path file = directory.resolve("000000000042");
        MANIFEST.write(file);
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertRefused(file, bad);
            assertRefused(file, Arrays.copyOf(good, i));
        }
        assertRefused(file, Arrays.copyOf(good, good.length + 1));
    }

    private static void assertRefused(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        assertThatThrownBy(() -> Manifest.read(file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString());
    }
}
