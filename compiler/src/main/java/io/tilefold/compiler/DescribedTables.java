package io.tilefold.compiler;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.catalog.CatalogFormatException;
import io.tilefold.catalog.TypeCodec;
import io.tilefold.proto.catalog.v1.OtherColumn;
import io.tilefold.proto.catalog.v1.TableSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Table schemas as the describe job wrote them: the bytes of {@code tilefold.catalog.v1.TableSchemas}. */
public final class DescribedTables {
    private DescribedTables() {}

    /**
     * Reads a file.
     *
     * @throws CatalogFormatException if it holds no table schemas, naming the file
     */
    public static WarehouseSchemas read(Path file) throws IOException {
        try {
            return parse(Files.readAllBytes(file));
        } catch (CatalogFormatException e) {
            throw new CatalogFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** @throws CatalogFormatException if the bytes hold no table schemas */
    public static WarehouseSchemas parse(byte[] bytes) {
        try {
            return of(TableSchemas.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw new CatalogFormatException(
                    bytes.length + " bytes are no table schemas (" + e.getMessage() + "): describe the tables again",
                    e);
        }
    }

    public static WarehouseSchemas of(TableSchemas described) {
        Map<String, WarehouseSchemas.TableSchema> tables = new HashMap<>();
        for (io.tilefold.proto.catalog.v1.TableSchema table : described.getTablesList()) {
            Map<String, String> others = new HashMap<>();
            for (OtherColumn column : table.getOtherColumnsList()) {
                others.put(column.getName(), column.getSparkType());
            }
            tables.put(
                    table.getTable(),
                    new WarehouseSchemas.TableSchema(TypeCodec.fromProto(table.getColumns()), others));
        }
        return WarehouseSchemas.of(tables);
    }
}
