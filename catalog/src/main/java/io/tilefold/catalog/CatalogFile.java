package io.tilefold.catalog;

import io.tilefold.core.definition.Catalog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The catalog as a file: readers see the old one or the new one, never a part. */
public final class CatalogFile {
    private CatalogFile() {}

    /**
     * Reads a catalog.
     *
     * @throws IOException if the file cannot be read
     * @throws CatalogFormatException if it is no catalog of this version, naming the file
     */
    public static Catalog read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            return CatalogCodec.decode(bytes);
        } catch (CatalogFormatException e) {
            throw new CatalogFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** Writes a file beside it, forces it to disk, and renames it over the old one; creates the directory if there is none. */
    public static void write(Path file, Catalog catalog) throws IOException {
        Path directory = file.toAbsolutePath().normalize().getParent();
        if (directory == null) {
            throw new IOException(file + " is no file name");
        }
        Files.createDirectories(directory);
        Path temporary = Files.createTempFile(directory, "." + file.getFileName(), ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(CatalogCodec.encode(catalog));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
