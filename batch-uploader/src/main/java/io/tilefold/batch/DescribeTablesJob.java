package io.tilefold.batch;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.proto.catalog.v1.OtherColumn;
import io.tilefold.proto.catalog.v1.TableSchema;
import io.tilefold.proto.catalog.v1.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The Spark job that tells the compiler what the tables look like: a {@code tilefold.catalog.v1.TableSchemas} with the columns of each table as
 * its newest partition has them. Types of CSV and JSON are inferred from that partition.
 */
@Command(
        name = "tilefold-describe-tables",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Writes the columns and types of tables for tilefold compile.")
public final class DescribeTablesJob implements Callable<Integer> {
    @Option(
            names = "--table",
            required = true,
            paramLabel = "NAME[=PATH[?format=parquet|csv|json]]",
            description = "A table. Repeatable. Without a path: of Spark's catalog.")
    private List<String> tables = new ArrayList<>();

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where to write.")
    private Path out = Path.of("");

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master, if spark-submit did not say. Default: local[*].")
    private @Nullable String master;

    DescribeTablesJob() {}

    /** As {@link #main}, and leaves the JVM running: for an application with a Spark session of its own. Returns the exit code. */
    public static int run(String... args) {
        return JobCommand.run(new DescribeTablesJob(), args);
    }

    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    @Override
    public Integer call() throws IOException {
        List<TableLocation> located = tables.stream()
                .filter(table -> table.indexOf('=') >= 0)
                .map(TableLocation::parse)
                .toList();
        List<String> names = tables.stream()
                .map(table -> table.indexOf('=') < 0 ? table : table.substring(0, table.indexOf('=')))
                .sorted()
                .toList();
        try (JobSession session = JobSession.open("tilefold describe tables", master)) {
            Tables found = new Tables(session.spark(), located);
            TableSchemas.Builder schemas = TableSchemas.newBuilder();
            for (String name : names) {
                schemas.addTables(describe(name, found.find(name).columns()));
            }
            write(schemas.build());
        }
        System.err.println("described " + String.join(", ", names));
        return 0;
    }

    static TableSchema describe(String name, StructType columns) {
        TableSchema.Builder schema = TableSchema.newBuilder().setTable(name);
        List<Field> fields = new ArrayList<>();
        for (StructField column : columns.fields()) {
            Optional<ValueType> type = SparkTypes.fromSpark(column.dataType());
            if (type.isPresent()) {
                fields.add(new Field(column.name(), type.get()));
            } else {
                schema.addOtherColumns(OtherColumn.newBuilder()
                        .setName(column.name())
                        .setSparkType(column.dataType().catalogString()));
            }
        }
        return schema.setColumns(TypeCodec.toProto(new Schema(fields))).build();
    }

    private void write(TableSchemas schemas) {
        Path whole = out.toAbsolutePath();
        Path part = whole.resolveSibling(whole.getFileName() + ".part");
        try {
            Files.write(part, schemas.toByteArray());
            Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JobException("--out " + out + " cannot be written: " + e, e);
        }
    }
}
