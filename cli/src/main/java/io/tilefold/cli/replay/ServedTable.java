package io.tilefold.cli.replay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * What was served, with the columns of the training set, but for those that are not compared, and one more:
 *
 * <pre>
 *  served/ds=2001-02-09/part-0.parquet    left columns, features, tilefold_status: part to COMPLETE, NOT_FOUND, ...
 * </pre>
 *
 * Rows come in the order of their days. Confined to one thread.
 */
final class ServedTable implements AutoCloseable {
    private static final String STATUS = "tilefold_status";
    private static final long ROW_GROUP_BYTES = 8 << 20;

    private final Path root;
    private final MessageType schema;
    private String day = "";
    private @Nullable ParquetWriter<Group> writer;

    /**
     * @param asked columns of the prepared rows
     * @param except outputs that are not asked for
     */
    ServedTable(Path root, MessageType asked, Set<String> except) {
        this.root = root;
        List<Type> fields = new ArrayList<>();
        for (Type field : asked.getFields()) {
            if (!field.getName().equals(AskedRow.MOMENT)
                    && !field.getName().equals(AskedRow.DS)
                    && !except.contains(field.getName())) {
                fields.add(field);
            }
        }
        fields.add(Types.optionalMap()
                .key(Types.required(PrimitiveTypeName.BINARY)
                        .as(LogicalTypeAnnotation.stringType())
                        .named("key"))
                .optionalValue(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named(STATUS));
        this.schema = new MessageType("served", fields);
    }

    /**
     * Writes a row.
     *
     * @param features by name; in place of the training set's
     * @param statuses by part
     */
    void write(AskedRow row, Map<String, ? extends @Nullable Object> features, Map<String, String> statuses)
            throws IOException {
        if (writer == null || !day.equals(row.ds())) {
            close();
            day = row.ds();
            Path directory = Files.createDirectories(root.resolve(AskedRow.DS + "=" + day));
            writer = ExampleParquetWriter.builder(new LocalOutputFile(directory.resolve("part-0.parquet")))
                    .withConf(new PlainParquetConfiguration())
                    .withType(schema)
                    .withCompressionCodec(CompressionCodecName.SNAPPY)
                    .withRowGroupSize(ROW_GROUP_BYTES)
                    .build();
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>(row.values());
        values.putAll(features);
        values.put(STATUS, statuses);
        writer.write(ParquetValues.write(schema, values));
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }
}
