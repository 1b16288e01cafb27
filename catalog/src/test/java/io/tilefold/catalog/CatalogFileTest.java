package io.tilefold.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.StagingQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CatalogFileTest {
    @TempDir
    private Path directory;

    private static Catalog catalog(String name) {
        return new Catalog(
                List.of(),
                List.of(),
                List.of(new StagingQuery(
                        name, "SELECT 1", List.of(), Optional.empty(), false, Definitions.metaData())));
    }

    @Test
    void replacesTheOldOneAndLeavesNothingElse() throws IOException {
        Path made = directory.resolve("made/on/the/way");
        Path file = made.resolve("catalog.pb");

        CatalogFile.write(file, catalog("old"));
        CatalogFile.write(file, catalog("new"));

        assertThat(CatalogFile.read(file)).isEqualTo(catalog("new"));
        try (Stream<Path> files = Files.list(made)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aFailedWriteLeavesTheOldOneAndNoTemporaryFile() throws IOException {
        Path taken = directory.resolve("catalog.pb");
        Files.createDirectories(taken.resolve("not-empty"));

        assertThatThrownBy(() -> CatalogFile.write(taken, catalog("new"))).isInstanceOf(IOException.class);

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(taken);
        }
    }

    @Test
    void errorsNameTheFile() throws IOException {
        Path file = directory.resolve("catalog.pb");
        assertThatThrownBy(() -> CatalogFile.read(file)).isInstanceOf(NoSuchFileException.class);

        Files.writeString(file, "no catalog");
        assertThatThrownBy(() -> CatalogFile.read(file))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessageStartingWith(file + ": ");
    }
}
