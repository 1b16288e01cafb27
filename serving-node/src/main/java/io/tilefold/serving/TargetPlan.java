package io.tilefold.serving;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.proto.serving.v1.AnswerSchema;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartSchema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/** A join or GroupBy as it is answered: compiled once per catalog, with everything of its answers that is the same each time. Shared by threads. */
final class TargetPlan {
    /** Choices of features that are kept compiled; others are compiled per request. */
    private static final int KEPT_SELECTIONS = 256;

    private final TargetName target;
    private final Schema keys;
    private final byte[][] keyNames;
    private final List<int[]> keySets;
    private final List<PartPlan> parts;
    private final OptionalInt latencyBudgetMs;
    private final MetaData metaData;
    private final AnswerSchema schema;
    private final String schemaId;
    private final byte[] schemaIdField;
    private final byte[] schemaField;
    private final Map<String, OutputIndex> outputs = new HashMap<>();
    private final Selection everything;
    private final ConcurrentHashMap<List<String>, Selection> selections = new ConcurrentHashMap<>();

    /** Where an output comes from: the part, and its place among the part's outputs. */
    record OutputIndex(int part, int output) {}

    /**
     * @param keys the key columns a request carries
     * @param keySets distinct lists of key columns that parts are keyed by
     */
    TargetPlan(
            TargetName target,
            Schema keys,
            List<int[]> keySets,
            List<PartPlan> parts,
            OptionalInt latencyBudgetMs,
            MetaData metaData) {
        this.target = target;
        this.keys = keys;
        this.keyNames = keys.fields().stream()
                .map(field -> field.name().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        this.keySets = List.copyOf(keySets);
        this.parts = List.copyOf(parts);
        this.latencyBudgetMs = latencyBudgetMs;
        this.metaData = metaData;
        this.schema = schema(parts);
        byte[] schemaBytes = schema.toByteArray();
        this.schemaId = sha256(schemaBytes);
        this.schemaIdField = field(FetchResponse.SCHEMA_ID_FIELD_NUMBER, schemaId.getBytes(StandardCharsets.UTF_8));
        this.schemaField = field(FetchResponse.SCHEMA_FIELD_NUMBER, schemaBytes);
        for (PartPlan part : parts) {
            for (int i = 0; i < part.outputs().size(); i++) {
                outputs.put(part.outputs().get(i).name(), new OutputIndex(part.index(), i));
            }
        }
        this.everything = Selection.all(this);
    }

    private static AnswerSchema schema(List<PartPlan> parts) {
        List<Field> fields =
                parts.stream().flatMap(part -> part.outputs().stream()).toList();
        AnswerSchema.Builder schema = AnswerSchema.newBuilder().setOutputs(TypeCodec.toProto(new Schema(fields)));
        for (PartPlan part : parts) {
            schema.addParts(PartSchema.newBuilder()
                    .setName(part.name())
                    .setGroupBy(part.groupBy())
                    .setOutputCount(part.outputs().size()));
        }
        return schema.build();
    }

    private static byte[] field(int number, byte[] content) {
        WireBuffer field = new WireBuffer(content.length + 8);
        field.putBytesField(number, content);
        return field.toBytes();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    TargetName target() {
        return target;
    }

    String name() {
        return target.name();
    }

    Schema keys() {
        return keys;
    }

    /** Index of the key that a column of a request names; -1: none. */
    int keyNamed(KeySlice column) {
        for (int i = 0; i < keyNames.length; i++) {
            if (column.isNamed(keyNames[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Per set of keys that parts are keyed by the indexes of its columns in {@link #keys}. */
    List<int[]> keySets() {
        return keySets;
    }

    List<PartPlan> parts() {
        return parts;
    }

    OptionalInt latencyBudgetMs() {
        return latencyBudgetMs;
    }

    MetaData metaData() {
        return metaData;
    }

    AnswerSchema schema() {
        return schema;
    }

    /** SHA-256 of the schema's protobuf bytes, hex. */
    String schemaId() {
        return schemaId;
    }

    /** As a field of a response. */
    byte[] schemaIdField() {
        return schemaIdField;
    }

    byte[] schemaField() {
        return schemaField;
    }

    Map<String, OutputIndex> outputs() {
        return outputs;
    }

    /**
     * What a request asks for.
     *
     * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the feature that is unknown or given twice
     */
    Selection select(List<String> features) {
        if (features.isEmpty()) {
            return everything;
        }
        Selection known = selections.get(features);
        if (known != null) {
            return known;
        }
        Selection selection = Selection.of(this, features);
        if (selections.size() < KEPT_SELECTIONS) {
            selections.put(List.copyOf(features), selection);
        }
        return selection;
    }
}
