package io.tilefold.cli.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** The rows of a directory's Parquet files, file after file by name: the order that Spark sorted them in. Holds one row group in memory. Confined to one thread. */
final class ParquetRows implements Iterator<Map<String, @Nullable Object>>, AutoCloseable {
    private final List<Path> files;
    private int nextFile;
    private @Nullable ParquetReader<Group> reader;
    private @Nullable Group next;

    /** @throws IOException if the directory cannot be listed */
    ParquetRows(Path directory) throws IOException {
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> file.getFileName().toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
        advance();
    }

    /** The columns of all files. */
    MessageType schema() throws IOException {
        if (files.isEmpty()) {
            throw new IOException("there is no Parquet file to read columns from");
        }
        try (ParquetFileReader footer = ParquetFileReader.open(new LocalInputFile(files.get(0)))) {
            return footer.getFileMetaData().getSchema();
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Map<String, @Nullable Object> next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        Map<String, @Nullable Object> row = ParquetValues.read(next);
        try {
            advance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return row;
    }

    private void advance() throws IOException {
        next = reader == null ? null : reader.read();
        while (next == null && nextFile < files.size()) {
            close();
            reader = new Rows(new LocalInputFile(files.get(nextFile++))).build();
            next = reader.read();
        }
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    /** Of a file, without Hadoop's file systems. */
    private static final class Rows extends ParquetReader.Builder<Group> {
        Rows(InputFile file) {
            super(file, new PlainParquetConfiguration());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }
}
