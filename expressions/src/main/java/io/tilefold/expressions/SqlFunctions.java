package io.tilefold.expressions;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.catalog.SQLFunction;

/**
 * The functions that an expression may call beside Spark's own: those that the {@code setups} of its query declare as {@code CREATE TEMPORARY FUNCTION name(parameters)
 * [RETURNS type] RETURN expression}. Spark's analyzer puts the body in the place of the call, so typing, live and batch have one meaning of it.
 *
 * <p>Each set is one query's alone: two queries may declare different functions of one name. Immutable, safe for use by several threads; declaring costs some milliseconds.
 *
 * <p><b>Limits.</b> A body reads its parameters and nothing else, and may call functions declared before it. Calls are put in place in full: an expression that grows beyond
 * {@value Catalyst#PARTS_MAX} parts is refused.
 */
public final class SqlFunctions {
    /** Spark's own functions alone. */
    public static final SqlFunctions NONE = new SqlFunctions(List.of());

    private final List<SQLFunction> declared;
    private final Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Analyzer analyzer;

    private SqlFunctions(List<SQLFunction> declared) {
        this.declared = declared;
        declared.forEach(function -> names.add(function.name().funcName()));
        this.analyzer = declared.isEmpty() ? Catalyst.BUILT_IN : Catalyst.newAnalyzer(declared);
    }

    /**
     * The functions of a query whose setups declare functions and do nothing else.
     *
     * @throws ExpressionException naming the first setup that declares none, or not one of a row
     */
    public static SqlFunctions of(List<String> setups) {
        SqlFunctions functions = NONE;
        for (String setup : setups) {
            functions = functions.with(setup);
        }
        return functions;
    }

    /**
     * These functions and the one that a setup declares.
     *
     * @throws ExpressionException if it declares none, or not one of a row
     */
    public SqlFunctions with(String setup) {
        List<SQLFunction> more = new ArrayList<>(declared);
        more.add(FunctionStatement.read(setup, this));
        return new SqlFunctions(Collections.unmodifiableList(more));
    }

    /** True if there is a function of this name, in any case. */
    boolean has(String name) {
        return names.contains(name) || Catalyst.hasFunction(name);
    }

    /** True if a setup has declared a function of this name, in any case. */
    boolean declares(String name) {
        return names.contains(name);
    }

    /** Names of those declared, in lower case. */
    List<String> declaredNames() {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    /** Names of all functions there are. */
    List<String> allNames() {
        List<String> all = new ArrayList<>(names);
        all.addAll(Catalyst.functionNames());
        return all;
    }

    /** Knows these functions; serialised by {@link Catalyst}. */
    Analyzer analyzer() {
        return analyzer;
    }
}
