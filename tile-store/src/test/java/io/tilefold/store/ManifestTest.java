package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.ShardSet;
import java.io.IOException;
import java.nio.file.Path;
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
                            TestGroupBys.FIXED.id(), "team.füxed", true, true, 3, new Version(7, 86_400_000L), null),
                    new Manifest.Entry(
                            TestGroupBys.GROWING.id(),
                            "growing",
                            false,
                            false,
                            4,
                            new Version(9, -86_400_000L),
                            new Version(8, 0)),
                    new Manifest.Entry(TestGroupBys.SNAPSHOT.id(), "", true, false, 5, null, null)));

    private static final StoreIdentity IDENTITY = new StoreIdentity(1, ShardSet.all(16));

    @TempDir
    private Path root;

    private StoreDirectory directory() throws IOException {
        StoreDirectory directory = new StoreDirectory(root, LocalFiles.INSTANCE);
        LocalFiles.INSTANCE.createDirectories(directory.manifests());
        return directory;
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        StoreDirectory directory = directory();
        MANIFEST.write(LocalFiles.INSTANCE, directory.manifest(42));
        Manifest read = Objects.requireNonNull(Manifest.read(directory, 42, IDENTITY));
        assertThat(read.number()).isEqualTo(42);
        assertThat(read.shardGroup()).isEqualTo(1);
        assertThat(read.shardCount()).isEqualTo(16);
        assertThat(read.catalog()).containsExactly(1, 2, 3);
        assertThat(read.groupBys()).isEqualTo(MANIFEST.groupBys());
        assertThat(directory.manifests()).isDirectoryContaining(file -> file.endsWith("000000000042"));
        assertThat(directory.manifest(42).resolveSibling("000000000042.part")).doesNotExist();
        assertThat(Manifest.read(directory, 41, IDENTITY)).isNull();
    }

    @Test
    void anotherNumberOrAnotherStoresIsRefused() throws IOException {
        StoreDirectory directory = directory();
        MANIFEST.write(LocalFiles.INSTANCE, directory.manifest(43));
        MANIFEST.write(LocalFiles.INSTANCE, directory.manifest(42));
        assertThatThrownBy(() -> Manifest.read(directory, 43, IDENTITY))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(directory.manifest(43) + ", offset 12: manifest 42");
        for (StoreIdentity other :
                List.of(new StoreIdentity(0, ShardSet.all(16)), new StoreIdentity(1, ShardSet.all(8)))) {
            assertThatThrownBy(() -> Manifest.read(directory, 42, other))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(directory.manifest(42) + ", offset 12: manifest 42 of shard group 1");
        }
    }
}
