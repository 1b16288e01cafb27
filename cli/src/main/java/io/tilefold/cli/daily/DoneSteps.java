package io.tilefold.cli.daily;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;

/**
 * Which steps of a day are done, on disk:
 *
 * <pre>
 *  OUT/_tilefold_daily/ds=2001-02-09/upload.route    id of the definition that it was done with; written when it is
 * </pre>
 *
 * A definition that changed is due again.
 */
public final class DoneSteps {
    private final Path directory;

    public DoneSteps(Path out, LocalDate day) {
        this.directory = out.resolve("_tilefold_daily").resolve("ds=" + day);
    }

    boolean contains(DailyStep step) throws IOException {
        try {
            return Files.readString(file(step)).strip().equals(step.definitionId());
        } catch (NoSuchFileException notDone) {
            return false;
        }
    }

    void add(DailyStep step) throws IOException {
        Files.createDirectories(directory);
        Path part = directory.resolve("." + file(step).getFileName());
        Files.writeString(part, step.definitionId() + "\n", StandardCharsets.UTF_8);
        Files.move(part, file(step), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file(DailyStep step) {
        return directory.resolve(step.kind().verb() + "." + step.name());
    }
}
