package io.tilefold.core.plan;

/** A definition that cannot be compiled: what, where in it, and what to do. */
public final class DefinitionException extends RuntimeException {
    private final String definition;
    private final String field;
    private final String problem;
    private final String hint;

    /**
     * @param definition kind and name, {@code "GroupBy route"}
     * @param field path of the field in it, {@code "aggregations[2].operation"}
     * @param problem what is wrong, with the value
     * @param hint what to write instead
     */
    public DefinitionException(String definition, String field, String problem, String hint) {
        super(definition + ", " + field + ": " + problem + " (" + hint + ")");
        this.definition = definition;
        this.field = field;
        this.problem = problem;
        this.hint = hint;
    }

    public String definition() {
        return definition;
    }

    public String field() {
        return field;
    }

    public String problem() {
        return problem;
    }

    public String hint() {
        return hint;
    }
}
