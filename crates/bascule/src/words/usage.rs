//! The command line itself.

use super::words;

words! {
    USAGE: "Usage:", "Utilisation :";
    COMMANDS: "Commands", "Commandes";
    COMMAND: "COMMAND", "COMMANDE";
    OPTIONS: "Options", "Options";
    ARGUMENTS: "Arguments", "Arguments";
    VALUES: "values", "valeurs";
    DEFAULT: "default", "par défaut";
    VARIABLE: "variable", "variable";
    HELP: "Print this help", "Affiche cette aide";
    VERSION: "Print the version", "Affiche la version";
    TRY: "See", "Voyez";
}
