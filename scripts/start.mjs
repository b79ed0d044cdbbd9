import "./require-node.mjs"

// Loaded once the version is known to be right: older ones fail on these files before they could say why.
void import("./run-product.mjs").then(({ runProduct }) => runProduct("start"))
