package io.tilefold.core.definition;

import io.tilefold.core.time.Window;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names of SEMANTICS.md §7. */
public final class Names {
    private static final Pattern NOT_CLEAN = Pattern.compile("[^a-zA-Z0-9_]");

    private Names() {}

    /** Every character other than {@code [a-zA-Z0-9_]} as {@code _}. */
    public static String clean(String name) {
        return NOT_CLEAN.matcher(name).replaceAll("_");
    }

    /** {@code {inputColumn}_{op}[_{W}][_by_{bucket}]}. */
    public static String output(String inputColumn, String operationSuffix, Window window, @Nullable String bucket) {
        String name = inputColumn + "_" + operationSuffix;
        if (!window.isUnbounded()) {
            name += "_" + window.label();
        }
        return bucket == null ? name : name + "_by_" + bucket;
    }

    /** {@code {prefix_}{groupBy name cleaned}}: the name of a join's part. */
    public static String part(@Nullable String prefix, String groupBy) {
        return prefix == null || prefix.isEmpty() ? clean(groupBy) : prefix + "_" + clean(groupBy);
    }

    /** {@code {part}_{output}}. */
    public static String joinOutput(String part, String output) {
        return part + "_" + output;
    }

    /** {@code ext_{prefix_}{source}}: the name of a join's external part; its outputs' names follow as a part's. */
    public static String external(@Nullable String prefix, String source) {
        return "ext_" + part(prefix, source);
    }

    /** {@code label_{output}}: a label beside features, where {@code output} is what {@link #joinOutput} gives. */
    public static String label(String output) {
        return "label_" + output;
    }

    /** {@code ext_contextual_{field}}. */
    public static String contextual(String field) {
        return "ext_contextual_" + field;
    }
}
