//! Files that pages load.

use crate::house::House;

#[tokio::test]
async fn no_address_leads_out_of_the_folder() {
    let house = House::open().await;
    let out = ["..%2f..%2fCargo.toml", "%2fetc%2fpasswd", "none.js", "a%00b"];
    for path in out {
        let answer = house.stranger().get(&format!("/pkg/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
